using NodeActor.Pods;
using NodeActor.Runtime;
using Shared.Api;

namespace NodeActor.Streaming;

/// <summary>Answers <c>GET /containerLogs/NAMESPACE/POD/CONTAINER</c>.</summary>
internal sealed class ContainerLogs(IPodRuntime runtime, PodNodeOptions options, TimeProvider clock)
{
    public async Task AnswerAsync(HttpContext http, string ns, string name, string container)
    {
        var cancel = http.RequestAborted;
        var (request, error) = LogRequest.Parse(key => http.Request.Query[key].FirstOrDefault(), clock.GetUtcNow());
        if (request is null)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, error!);
            return;
        }
        if (await FindAsync(ns, name, cancel) is not { } pod)
        {
            await RefuseAsync(http, StatusCodes.Status404NotFound, $"pod \"{name}\" not found");
            return;
        }
        var started = pod.Containers.Where(one => one.Name == container && one.Phase != ContainerPhase.Created).OrderByDescending(one => one.Attempt).ToArray();
        var chosen = started.ElementAtOrDefault(request.Previous ? 1 : 0);
        var file = chosen is null ? "" : Path.Combine(new PodPaths(options, new ObjectKey("", "pods", ns, name), chosen.Pod).Logs, PodPaths.LogFile(container, chosen.Attempt));
        if (chosen is null || !File.Exists(file))
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, request.Previous
                ? $"previous terminated container \"{container}\" in pod \"{name}\" not found"
                : $"container \"{container}\" in pod \"{name}\" is waiting to start: ContainerCreating");
            return;
        }
        http.Response.ContentType = "text/plain";
        await http.Response.StartAsync(cancel);
        var copy = new LogCopy(request, file, async stop => await runtime.ContainerAsync(chosen.Id, stop) is { MayRun: true }, clock);
        await copy.RunAsync(http.Response.BodyWriter, cancel);
    }

    /// <summary>The newest pod of that name: one that is being deleted may still be here beside its successor.</summary>
    private async Task<RuntimePod?> FindAsync(string ns, string name, CancellationToken cancel) => (await runtime.ListAsync(cancel)).Values
        .Where(pod => pod.Sandboxes.Any(one => one.Namespace == ns && one.Name == name))
        .MaxBy(pod => pod.Sandboxes.Max(one => one.CreatedAt));

    private static Task RefuseAsync(HttpContext http, int code, string message)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = "text/plain";
        return http.Response.WriteAsync(message + "\n", http.RequestAborted);
    }
}
