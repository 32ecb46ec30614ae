using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Access.Pki;
using ControlPlane.CommandLine.Clusters;
using Tests.Support;

namespace Tests.Performance;

/// <summary>
/// Creates workloads of a cluster's demo image through the API, and times them by a watch. They end when they are told to, so what is gone has stopped, and
/// what is measured next does not share the machine with it.
/// </summary>
internal sealed class TimedWorkloads
{
    private const string Containers = """[{"name":"c","image":"demo/busybox:v1","command":["sh","-c","trap 'exit 0' TERM; sleep 1000000 & wait"]}]""";
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly HttpClient _http;
    private int _made;

    public TimedWorkloads(ClusterFolder folder)
    {
        var description = folder.Load() ?? throw new InvalidOperationException($"There is no cluster in {folder.Path}.");
        _http = ControlPlaneFixture.NewClient(ClusterPki.Ensure(folder.Path, new PkiOptions(), TimeProvider.System), new() { DataDirectory = folder.Path, Port = description.Port });
    }

    /// <summary>A pod on one node: create until Ready. It is removed again.</summary>
    public async Task<TimeSpan> Pod(string name, string node)
    {
        var spec = $$"""{"nodeName":"{{node}}","containers":{{Containers}}}""";
        var (ready, _) = await Timed(name, 1, keep: false, Pods, name, $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}","labels":{"app":"{{{name}}}"}},"spec":{{{spec}}}}""");
        return ready;
    }

    /// <summary>A Deployment: create until all are Ready, and, unless it is kept, delete until none is left.</summary>
    public Task<(TimeSpan Ready, TimeSpan Gone)> Deployment(int replicas, bool keep = false)
    {
        var name = $"many-{++_made}";
        var template = $$$"""{"metadata":{"labels":{"app":"{{{name}}}"}},"spec":{"containers":{{{Containers}}}}}""";
        return Timed(name, replicas, keep, Deployments, name,
            $$$"""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{{name}}}"},"spec":{"replicas":{{{replicas}}},"selector":{"matchLabels":{"app":"{{{name}}}"}},"template":{{{template}}}}}""");
    }

    private async Task<(TimeSpan Ready, TimeSpan Gone)> Timed(string label, int count, bool keep, string collection, string name, string body)
    {
        await using var watch = await WatchStream.Open(_http, $"{Pods}?watch=1&labelSelector=app%3D{label}");
        var ready = new HashSet<string>();
        var begin = Stopwatch.GetTimestamp();
        using (var created = await _http.PostAsync(collection, new StringContent(body, Encoding.UTF8, "application/json")))
        {
            if (created.StatusCode != HttpStatusCode.Created) throw new InvalidOperationException(await created.Content.ReadAsStringAsync());
        }
        await Until(watch, begin, (type, pod, key) => (type != "DELETED" && IsReady(pod) ? ready.Add(key) : ready.Remove(key)) && ready.Count == count);
        var took = Stopwatch.GetElapsedTime(begin);
        if (keep) return (took, TimeSpan.Zero);
        var gone = 0;
        begin = Stopwatch.GetTimestamp();
        using (var deleted = await _http.DeleteAsync($"{collection}/{name}")) deleted.EnsureSuccessStatusCode();
        await Until(watch, begin, (type, _, _) => type == "DELETED" && ++gone == count);
        return (took, Stopwatch.GetElapsedTime(begin));
    }

    private static async Task Until(WatchStream watch, long begin, Func<string, JsonObject, string, bool> reached)
    {
        while (true)
        {
            var change = await watch.Next();
            var pod = change["object"]!.AsObject();
            if (reached(change["type"]!.GetValue<string>(), pod, pod["metadata"]!["name"]!.GetValue<string>())) return;
            if (Stopwatch.GetElapsedTime(begin) > Patience) throw new TimeoutException($"Not reached within {Patience}; the last change was {change.ToJsonString()}");
        }
    }

    private static bool IsReady(JsonObject pod) =>
        pod["status"]?["conditions"]?.AsArray().Any(condition => condition!["type"]!.GetValue<string>() == "Ready" && condition["status"]!.GetValue<string>() == "True") == true;
}
