using System.Text.Json.Nodes;
using ControlPlane.Journal;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway;

/// <summary>The <c>log</c> subresource of pods: streamed from the agent of the pod's node over its HTTPS port.</summary>
public sealed class LogHandler(WatchCache cache, NodeHttp nodes)
{
    private static readonly string[] Passed = ["follow", "previous", "sinceSeconds", "sinceTime", "tailLines", "limitBytes", "timestamps"];

    /// <summary>Streams the log. A rejection is returned before anything was sent; null means the answer was written.</summary>
    public async Task<ApiStatus?> Stream(GatewayRequest request)
    {
        var key = request.Key();
        if (cache.Get(key) is not { } pod) return ApiStatus.NotFound(key);
        var spec = pod.ToJsonObject().Child("spec");
        var (container, refusal) = Container(request, key, spec);
        if (refusal is not null) return refusal;
        if (pod.Header.NodeName.Length == 0) return ApiStatus.BadRequest($"pod {key.Name} does not have a host assigned");
        var query = QueryString.Create(Passed.Where(name => request.Query.ContainsKey(name)).Select(name => new KeyValuePair<string, string?>(name, request.Query[name].ToString())));
        return await nodes.Forward(request.Http, pod.Header.NodeName, $"/containerLogs/{key.Namespace}/{key.Name}/{container}{query}");
    }

    private static (string Name, ApiStatus? Refusal) Container(GatewayRequest request, ObjectKey key, JsonObject? spec)
    {
        var containers = Names(spec, "containers");
        var asked = request.Query["container"].ToString();
        if (asked.Length > 0)
        {
            return containers.Concat(Names(spec, "initContainers")).Concat(Names(spec, "ephemeralContainers")).Contains(asked)
                ? (asked, null)
                : ("", ApiStatus.BadRequest($"container {asked} is not valid for pod {key.Name}"));
        }
        return containers is [var only]
            ? (only, null)
            : ("", ApiStatus.BadRequest($"a container name must be specified for pod {key.Name}, choose one of: [{string.Join(' ', containers)}]"));
    }

    private static string[] Names(JsonObject? spec, string member) => [.. spec.Objects(member).Select(item => item.Text("name"))];
}
