using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.NodeLink;

/// <summary>Which pods a cluster of three nodes keeps, on a whole control plane, when clocks step, time jumps or nodes go.</summary>
public sealed class LostNodesTests : IClassFixture<LostNodesTests.SteppedNodes>, IAsyncLifetime
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";
    private const int Replicas = 9;
    private readonly SteppedNodes _cluster;

    public LostNodesTests(SteppedNodes cluster) => _cluster = cluster;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _cluster.Send(HttpMethod.Delete, $"{Deployments}/web");
        await _cluster.StopAll();
        await _cluster.Until("the pods to be gone", Pods, list => list!["items"]!.AsArray().Count == 0, 60);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(3600)]
    [InlineData(-6)]
    [InlineData(-3600)]
    public Task Step_of_the_wall_clock_costs_no_pod(int seconds) => Unharmed("step", () => _cluster.Time.Step(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public Task Pause_of_the_process_costs_no_pod() => Unharmed("pause", () => _cluster.Time.Sleep(TimeSpan.FromSeconds(60)));

    [Fact]
    public async Task Pods_of_one_lost_node_of_three_are_replaced_and_the_others_stay()
    {
        await _cluster.StartNodes("kept", 2);
        var lost = await _cluster.StartNodes("gone");
        var before = await Deploy("kept");
        await _cluster.Stop(lost);
        await _cluster.Until("the pods of the lost node to be replaced", Pods, list => Living(list).Count == Replicas && Living(list).Values.All(node => node != "gone"));
        var after = Living(await _cluster.Get(Pods));
        Assert.All(before.Where(pod => pod.Value != "gone"), pod => Assert.Contains(pod.Key, after.Keys));
    }

    [Fact]
    public async Task Nothing_is_evicted_when_all_nodes_are_lost_at_once()
    {
        var nodes = await _cluster.StartNodes("all", 3);
        var before = await Deploy("all");
        await _cluster.Stop(nodes);
        for (var i = 1; i <= 3; i++)
        {
            await _cluster.Until($"node all-{i} to be lost", $"/api/v1/nodes/all-{i}", node => HollowNodes.Condition(node, "Ready") == "Unknown" && HollowNodes.Taints(node).Length > 0);
        }

        // The first was judged while the others' leases still ran.
        await _cluster.Until("the nodes' events to tell of it", "/api/v1/events", list => Reasons(list).Contains("EvictionsSlowedDown"));
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal("node.kubernetes.io/unreachable:NoSchedule", Assert.Single(HollowNodes.Taints(await _cluster.Get($"/api/v1/nodes/all-{i}"))));
        }
        Assert.Equal(before, Living(await _cluster.Get(Pods)));

        await _cluster.StartNodes("all", 3);
        await _cluster.Until("the pods to be ready again", Pods, list => HollowNodes.Ready(list) == Replicas);
        Assert.Equal(before, Living(await _cluster.Get(Pods)));
    }

    /// <summary>Runs pods on the three nodes, and returns them by uid with the node of each.</summary>
    private async Task<ImmutableSortedDictionary<string, string>> Deploy(string prefix, int nodes = 3)
    {
        await _cluster.Until($"{nodes} nodes to be ready", "/api/v1/nodes", list => list!["items"]!.AsArray().Count(node => HollowNodes.Condition((JsonObject)node!, "Ready") == "True") == nodes);
        await _cluster.Send(HttpMethod.Post, Deployments, HollowNodes.Deployment(Replicas));
        var list = await _cluster.Until("all pods to be ready", Pods, list => HollowNodes.Ready(list) == Replicas, 60);
        var pods = Living(list);
        Assert.Equal(3, pods.Values.Distinct().Count());
        Assert.Contains(pods.Values, node => node.StartsWith(prefix, StringComparison.Ordinal));
        return pods;
    }

    /// <summary>
    /// Something happens to time, and nothing to the pods. A fourth node without pods falls silent at the same moment: when it is found lost, every lease has been
    /// judged.
    /// </summary>
    private async Task Unharmed(string prefix, Action happens)
    {
        var witness = await _cluster.StartNodes("witness");
        await _cluster.Until("the witness to be there", "/api/v1/nodes/witness", node => HollowNodes.Condition(node, "Ready") == "True");
        await _cluster.Send(HttpMethod.Patch, "/api/v1/nodes/witness", """{ "spec": { "unschedulable": true } }""", "application/merge-patch+json");
        await _cluster.StartNodes(prefix, 3);
        var before = await Deploy(prefix, nodes: 4);

        await _cluster.Stop(witness);
        happens();
        await _cluster.Until("the witness to be lost", "/api/v1/nodes/witness", node => HollowNodes.Taints(node).Contains("node.kubernetes.io/unreachable:NoExecute"), 60);
        Assert.Equal(before, Living(await _cluster.Get(Pods)));
        for (var i = 1; i <= 3; i++)
        {
            var node = await _cluster.Get($"/api/v1/nodes/{prefix}-{i}");
            Assert.Equal("True", HollowNodes.Condition(node, "Ready"));
            Assert.Empty(HollowNodes.Taints(node));
        }
    }

    private static ImmutableSortedDictionary<string, string> Living(JsonObject? list) => list!["items"]!.AsArray()
        .Where(pod => pod!["metadata"]!["deletionTimestamp"] is null)
        .ToImmutableSortedDictionary(pod => (string)pod!["metadata"]!["uid"]!, pod => (string?)pod!["spec"]!["nodeName"] ?? "");

    private static IEnumerable<string> Reasons(JsonObject? list) => list!["items"]!.AsArray().Select(item => (string?)item!["reason"] ?? "");

    /// <summary>A control plane that lives in time the test moves.</summary>
    public sealed class SteppedNodes : HollowNodes
    {
        public SteppedTime Time { get; } = new();

        protected override TimeProvider Clock => Time;
    }
}
