using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using ControlPlane.Hosting;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.NodeLink;

/// <summary>A whole control plane whose database stands still for a while: its connections live, and nothing answers.</summary>
public sealed class DatabaseStallTests : IClassFixture<DatabaseStallTests.NodesOnPostgres>, IAsyncLifetime
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";
    private const string Merge = "application/merge-patch+json";
    private const int Replicas = 9;
    private static readonly string[] Nodes = ["stall-1", "stall-2", "stall-3"];
    private readonly NodesOnPostgres _cluster;

    public DatabaseStallTests(NodesOnPostgres cluster) => _cluster = cluster;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _cluster.Send(HttpMethod.Delete, $"{Deployments}/web");
        await _cluster.Until("the pods to be gone", Pods, list => list!["items"]!.AsArray().Count == 0, 60);
        await _cluster.StopAll();
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(30, false)]
    public async Task Stall_costs_no_pod_and_no_acknowledged_write_and_nobody_waits_for_ever(int seconds, bool writesOutlastIt)
    {
        var witness = await _cluster.StartNodes("witness");
        await Ready("witness");
        Assert.Equal(HttpStatusCode.OK, (await _cluster.Send(HttpMethod.Patch, "/api/v1/nodes/witness", """{ "spec": { "unschedulable": true } }""", Merge)).Code);
        await _cluster.StartNodes("stall", 3);
        foreach (var node in Nodes) await Ready(node);
        await _cluster.Send(HttpMethod.Post, Deployments, HollowNodes.Deployment(Replicas));
        var before = Uids(await _cluster.Until("all pods to be ready", Pods, list => HollowNodes.Ready(list) == Replicas, 60));
        var old = $"old-{seconds}";
        var start = (await Write(HttpMethod.Post, ConfigMaps, old, ConfigMap(old))).Version;
        await using var watch = await WatchStream.Open(_cluster.Http, $"{ConfigMaps}?watch=true&resourceVersion={start}");

        ImmutableArray<Task<Answer>> writes;
        Task<HttpStatusCode> consistent;
        await using (await _cluster.Server.Stall())
        {
            // The stall is what is tested here, not a pause for something to happen.
            var stall = Task.Delay(TimeSpan.FromSeconds(seconds));
            await _cluster.Stop(witness);
            writes =
            [
                // While its Node is being written, that Node's actor does nothing else.
                .. Nodes.Select(node => Write(HttpMethod.Patch, $"/api/v1/nodes/{node}", node, $$"""{ "metadata": { "labels": { "stall": "{{seconds}}" } } }""")),
                .. Enumerable.Range(0, 10).Select(i => Write(HttpMethod.Post, ConfigMaps, $"new-{seconds}-{i}", ConfigMap($"new-{seconds}-{i}"))),
                Write(HttpMethod.Patch, $"{ConfigMaps}/{old}", old, """{ "data": { "value": "changed" } }"""),
            ];
            Assert.Equal(before, Uids(await _cluster.Get($"{Pods}?resourceVersion=0")));
            consistent = Code(ConfigMaps);
            await stall;
            if (!writesOutlastIt) await Task.WhenAll(writes);
        }

        var answers = await Task.WhenAll(writes);
        if (writesOutlastIt) Assert.All(answers, answer => Assert.True(answer.Accepted, answer.Message));
        else
        {
            Assert.All(answers, answer => Assert.True(answer.Code is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout, $"{answer}"));
            Assert.All(answers, answer => Assert.NotEmpty(answer.Message));
        }
        Assert.True(await consistent is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout);

        // Whoever is judged to be lost after the stall is so when the node that really went is, and when its actor has done something that it was asked after that.
        await _cluster.Until("the witness to be lost", "/api/v1/nodes/witness", node => HollowNodes.Taints(node).Contains("node.kubernetes.io/unreachable:NoExecute"), 60);
        foreach (var node in Nodes)
        {
            await Until("the node to be written again", HttpMethod.Patch, $"/api/v1/nodes/{node}", $$"""{ "metadata": { "labels": { "after": "{{seconds}}" } } }""");
            var found = await _cluster.Get($"/api/v1/nodes/{node}");
            Assert.Equal("True", HollowNodes.Condition(found, "Ready"));
            Assert.Empty(HollowNodes.Taints(found));
        }
        var events = (await _cluster.Get("/api/v1/events"))!["items"]!.AsArray();
        Assert.DoesNotContain(events, e => (string?)e!["reason"] == "NodeNotReady" && Nodes.Contains((string?)e["involvedObject"]!["name"]));
        Assert.Equal(before, Uids(await _cluster.Get(Pods)));
        Assert.Equal("ok", await _cluster.Http.GetStringAsync("/readyz"));

        await Until("a write to be taken", HttpMethod.Post, ConfigMaps, ConfigMap($"last-{seconds}"));
        var after = Versions(await _cluster.Get(ConfigMaps));
        Assert.All(answers.Where(answer => answer.Accepted && !Nodes.Contains(answer.Name)), answer => Assert.Equal(answer.Version, after[answer.Name]));
        await ToldInOrder(watch, $"last-{seconds}", after.Where(found => long.Parse(found.Value) > long.Parse(start)).ToImmutableSortedDictionary());
        await _cluster.Restart();
        Assert.Equal(after, Versions(await _cluster.Get(ConfigMaps)));
    }

    private sealed record Answer(string Name, HttpStatusCode Code, string Message, string Version)
    {
        public bool Accepted => Code is HttpStatusCode.OK or HttpStatusCode.Created;
    }

    private static string ConfigMap(string name) => $$"""{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "{{name}}" }, "data": { "value": "new" } }""";

    private async Task<Answer> Write(HttpMethod method, string path, string name, string body)
    {
        var (code, answer) = await _cluster.Send(method, path, body, method == HttpMethod.Patch ? Merge : "application/json");
        return new(name, code, (string?)answer["message"] ?? "", (string?)answer["metadata"]?["resourceVersion"] ?? "");
    }

    /// <summary>Asks again until a write is accepted, or, as one that was refused with an unknown outcome, found to be there.</summary>
    private async Task Until(string phase, HttpMethod method, string path, string body)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Answer? last = null;
        while (last is not { Accepted: true } and not { Code: HttpStatusCode.Conflict })
        {
            if (end.IsCancellationRequested) throw new TimeoutException($"waited for {phase}: {last}");
            last = await Write(method, path, "", body);
        }
    }

    private async Task<HttpStatusCode> Code(string path)
    {
        using var response = await _cluster.Http.GetAsync(path);
        return response.StatusCode;
    }

    /// <summary>The watch tells every change up to the last one, in the order of revisions, and with that of every object what is there in the end.</summary>
    private static async Task ToldInOrder(WatchStream watch, string last, ImmutableSortedDictionary<string, string> there)
    {
        var told = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var (name, newest) = ("", 0L); name != last;)
        {
            var metadata = (await watch.Next())["object"]!["metadata"]!;
            var version = (string)metadata["resourceVersion"]!;
            Assert.True(long.Parse(version) > newest, $"{version} after {newest}");
            (name, newest) = ((string)metadata["name"]!, long.Parse(version));
            told[name] = version;
        }
        Assert.Equal(there, told.ToImmutableSortedDictionary());
    }

    private Task Ready(string node) => _cluster.Until($"node {node} to be ready", $"/api/v1/nodes/{node}", found => HollowNodes.Condition(found, "Ready") == "True");

    private static ImmutableSortedSet<string> Uids(JsonObject? list) => [.. list!["items"]!.AsArray().Where(pod => pod!["metadata"]!["deletionTimestamp"] is null).Select(pod => (string)pod!["metadata"]!["uid"]!)];

    private static ImmutableSortedDictionary<string, string> Versions(JsonObject? list) =>
        list!["items"]!.AsArray().ToImmutableSortedDictionary(item => (string)item!["metadata"]!["name"]!, item => (string)item!["metadata"]!["resourceVersion"]!);

    /// <summary>A control plane on a PostgreSQL of its own. Statements give up after ten seconds: behind the longer stall the control plane does not know what became of its commits.</summary>
    public sealed class NodesOnPostgres : HollowNodes
    {
        private string _database = "";

        public PostgresServer Server { get; } = new();

        public override async Task InitializeAsync()
        {
            await Server.InitializeAsync();
            _database = await Server.CreateDatabase() + ";Command Timeout=10";
            await base.InitializeAsync();
        }

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await Server.DisposeAsync();
        }

        protected override ControlPlaneOptions Configure(ControlPlaneOptions options) => options with { Database = _database };
    }
}
