using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using NodeActor.Hosting;
using Tests.Support;

namespace Tests.Cluster.NodeLink;

/// <summary>A control plane and simulated nodes that reach it over real remoting, all in this process.</summary>
public class HollowNodes : ControlPlaneFixture
{
    private readonly List<NodeHost> _nodes = [];

    /// <summary>Starts agents; they register by themselves.</summary>
    public async Task<NodeHost> StartNodes(string name, int? count = null, string address = "127.0.0.1")
    {
        var pki = Host.Pki;
        var node = await NodeHost.Start(new NodeProcessOptions
        {
            Name = name,
            Count = count,
            Seeds = [$"127.0.0.1:{Options.AgentPort}"],
            Address = address,
            DataDirectory = Path.Combine(Options.DataDirectory, "nodes", $"{name}-{address}"),
            VolatileDirectory = Options.DataDirectory,
            CertificateFile = pki.HollowNodes(name, [IPAddress.Loopback]).File,
            AuthorityFile = pki.AuthorityFile,
            Runtime = NodeRuntime.Hollow,
            UsageEvery = TimeSpan.FromSeconds(1),
        }, TimeProvider.System, CancellationToken.None);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Ends agents without a word: to the control plane they have fallen silent.</summary>
    public async Task Stop(NodeHost node)
    {
        _nodes.Remove(node);
        await node.DisposeAsync();
    }

    /// <summary>Ends all agents and removes their nodes, so that the zone of the next test is its own.</summary>
    public async Task StopAll()
    {
        foreach (var node in _nodes.ToArray()) await Stop(node);
        foreach (var node in (await Get("/api/v1/nodes"))!["items"]!.AsArray()) await Send(HttpMethod.Delete, $"/api/v1/nodes/{node!["metadata"]!["name"]}");
    }

    public override async Task DisposeAsync()
    {
        foreach (var node in _nodes.ToArray()) await Stop(node);
        await base.DisposeAsync();
    }

    /// <summary>The object at a path, or null if there is none.</summary>
    public async Task<JsonObject?> Get(string path)
    {
        using var response = await Http.GetAsync(path);
        return response.StatusCode == HttpStatusCode.NotFound ? null : await response.Content.ReadFromJsonAsync<JsonObject>();
    }

    /// <summary>Polls until what is at a path is as wanted.</summary>
    /// <exception cref="TimeoutException">It never was; the message says for what was waited and what there was.</exception>
    public async Task<JsonObject?> Until(string phase, string path, Func<JsonObject?, bool> holds, int seconds = 30)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        JsonObject? last = null;
        while (!end.IsCancellationRequested)
        {
            last = await Get(path);
            if (holds(last)) return last;
            await Task.Delay(20);
        }
        throw new TimeoutException($"waited {seconds} s for {phase}; {path} is {last?.ToJsonString() ?? "not there"}");
    }

    public static string Condition(JsonObject? @object, string type) =>
        @object?["status"]?["conditions"] is JsonArray conditions ? (string?)conditions.FirstOrDefault(one => (string?)one?["type"] == type)?["status"] ?? "" : "";

    public static ImmutableArray<string> Taints(JsonObject? node) =>
        node?["spec"]?["taints"] is JsonArray taints ? [.. taints.Select(taint => $"{taint?["key"]}:{taint?["effect"]}")] : [];

    /// <summary>A Deployment that is called <c>web</c>, as are its pods by their label <c>app</c>.</summary>
    public static string Deployment(int replicas) => $$"""
        { "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web", "namespace": "default" },
          "spec": { "replicas": {{replicas}}, "selector": { "matchLabels": { "app": "web" } },
            "template": { "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "main", "image": "example/app:1" }] } } } }
        """;

    /// <summary>How many of a list's pods are ready.</summary>
    public static int Ready(JsonObject? list) => list!["items"]!.AsArray().Count(pod => Condition((JsonObject)pod!, "Ready") == "True");

    public static string Pod(string name, string node, string more = "") => $$"""
        { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "{{name}}", "namespace": "default" },
          "spec": { "nodeName": "{{node}}", "containers": [{ "name": "main", "image": "example/app:1" }]{{more}} } }
        """;
}
