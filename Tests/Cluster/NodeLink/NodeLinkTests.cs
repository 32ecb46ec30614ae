using System.Net;
using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Event;
using ControlPlane.Nodes;
using Shared.Protocol;
using Xunit;

namespace Tests.Cluster.NodeLink;

public sealed class NodeLinkTests : IClassFixture<HollowNodes>, IAsyncLifetime
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private readonly HollowNodes _cluster;

    public NodeLinkTests(HollowNodes cluster) => _cluster = cluster;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _cluster.StopAll();

    [Fact]
    public async Task Node_that_starts_is_registered_ready_with_an_epoch_and_a_range_of_its_own()
    {
        await _cluster.StartNodes("reg", 3);
        var ranges = new HashSet<string>();
        for (var i = 1; i <= 3; i++)
        {
            var node = await Ready($"reg-{i}");
            Assert.True(Epoch(node) > 0);
            Assert.Equal($"reg-{i}", (string?)node["metadata"]!["labels"]!["kubernetes.io/hostname"]);
            Assert.Equal("110", (string?)node["status"]!["allocatable"]!["pods"]);
            Assert.Empty(HollowNodes.Taints(node));
            Assert.True(ranges.Add((string)node["spec"]!["podCIDR"]!));
        }
    }

    [Fact]
    public async Task Pod_bound_to_a_node_runs_reports_and_is_gone_after_its_deletion()
    {
        await _cluster.StartNodes("runs");
        await Ready("runs");
        await Create(HollowNodes.Pod("p-runs", "runs"));
        var pod = await _cluster.Until("the pod to be ready", $"{Pods}/p-runs", found => HollowNodes.Condition(found, "Ready") == "True");
        Assert.Equal("Running", (string?)pod!["status"]!["phase"]);
        Assert.NotNull(pod["status"]!["podIP"]);
        Assert.Equal(0, (int?)pod["status"]!["containerStatuses"]![0]!["restartCount"]);

        await _cluster.Send(HttpMethod.Delete, $"{Pods}/p-runs");
        await _cluster.Until("the pod to be gone", $"{Pods}/p-runs", found => found is null);
    }

    [Fact]
    public async Task Node_that_falls_silent_is_lost_its_pods_are_deleted_and_it_comes_back()
    {
        var node = await _cluster.StartNodes("lost");
        await _cluster.StartNodes("other", 2);
        await Ready("other-2");
        var before = await Ready("lost");
        await Create(HollowNodes.Pod("p-lost", "lost"));
        await Create(HollowNodes.Pod("p-kept", "lost", """, "tolerations": [{ "operator": "Exists" }]"""));
        await _cluster.Until("the pods to be ready", $"{Pods}/p-kept", found => HollowNodes.Condition(found, "Ready") == "True");
        await _cluster.Until("the pods to be ready", $"{Pods}/p-lost", found => HollowNodes.Condition(found, "Ready") == "True");

        await _cluster.Stop(node);
        var lost = await _cluster.Until("the node to be lost", "/api/v1/nodes/lost", found => HollowNodes.Taints(found).Length == 2);
        Assert.Equal("Unknown", HollowNodes.Condition(lost, "Ready"));
        Assert.Contains("node.kubernetes.io/unreachable:NoExecute", HollowNodes.Taints(lost));
        await _cluster.Until("the pod to be deleted", $"{Pods}/p-lost", found => found?["metadata"]?["deletionTimestamp"] is not null);
        var kept = await _cluster.Until("the other pod to be out of service", $"{Pods}/p-kept", found => HollowNodes.Condition(found, "Ready") == "False");
        Assert.Null(kept!["metadata"]!["deletionTimestamp"]);

        await _cluster.StartNodes("lost");
        var back = await Ready("lost");
        Assert.Empty(HollowNodes.Taints(await _cluster.Until("the taints to go", "/api/v1/nodes/lost", found => HollowNodes.Taints(found).IsEmpty)));
        Assert.Equal((string?)before["spec"]!["podCIDR"], (string?)back["spec"]!["podCIDR"]);
        Assert.True(Epoch(back) > Epoch(before));
        await _cluster.Until("the deleted pod to be confirmed", $"{Pods}/p-lost", found => found is null);
        await _cluster.Until("the kept pod to be ready", $"{Pods}/p-kept", found => HollowNodes.Condition(found, "Ready") == "True");
    }

    [Fact]
    public async Task Node_that_was_found_lost_and_renews_tells_its_status_and_is_ready_again()
    {
        await _cluster.StartNodes("told");
        var epoch = Epoch(await Ready("told"));
        const string Lost = """{ "status": { "conditions": [{ "type": "Ready", "status": "Unknown" }] } }""";
        Assert.Equal(HttpStatusCode.OK, (await _cluster.Send(HttpMethod.Patch, "/api/v1/nodes/told/status", Lost, "application/strategic-merge-patch+json")).Code);
        Assert.Equal(epoch, Epoch(await Ready("told")));
        await _cluster.Until("no taint to be left", "/api/v1/nodes/told", node => HollowNodes.Taints(node).IsEmpty);
    }

    [Fact]
    public async Task Node_that_died_is_found_lost_though_its_actor_ended_meanwhile()
    {
        var node = await _cluster.StartNodes("unwatched");
        await _cluster.StartNodes("others", 2);
        await Ready("unwatched");
        await Ready("others-2");
        await _cluster.Stop(node);

        // What a failed write does to an actor. Nothing that the dead node sends would start it again.
        var entity = Uri.EscapeDataString(NodeView.KeyOf("unwatched").ToString());
        _cluster.Host.System.ActorSelection($"/system/sharding/objects/*/{entity}").Tell(PoisonPill.Instance);
        await _cluster.Until("the node to be lost", "/api/v1/nodes/unwatched", found => HollowNodes.Condition(found, "Ready") == "Unknown");
    }

    [Fact]
    public async Task Node_that_was_taken_over_is_fenced_by_its_epoch_and_registers_anew()
    {
        await _cluster.StartNodes("fenced");
        var epoch = Epoch(await Ready("fenced"));
        var patch = $$$"""{ "metadata": { "annotations": { "{{{NodeProtocol.EpochAnnotation}}}": "{{{epoch + 100}}}", "{{{NodeProtocol.InstanceAnnotation}}}": "another" } } }""";
        Assert.Equal(HttpStatusCode.OK, (await _cluster.Send(HttpMethod.Patch, "/api/v1/nodes/fenced", patch, "application/merge-patch+json")).Code);
        await _cluster.Until("a new epoch", "/api/v1/nodes/fenced", found => Epoch(found!) == epoch + 101);
        await Create(HollowNodes.Pod("p-fenced", "fenced"));
        await _cluster.Until("the pod to be ready", $"{Pods}/p-fenced", found => HollowNodes.Condition(found, "Ready") == "True");
    }

    [Fact]
    public async Task Second_agent_of_a_node_on_another_machine_waits_until_the_first_is_surely_gone()
    {
        var first = await _cluster.StartNodes("twice");
        var epoch = Epoch(await Ready("twice"));
        await Create(HollowNodes.Pod("p-twice", "twice", """, "tolerations": [{ "operator": "Exists" }]"""));
        await _cluster.Until("the pod to be ready", $"{Pods}/p-twice", found => HollowNodes.Condition(found, "Ready") == "True");

        var second = await _cluster.StartNodes("twice", address: "127.0.0.2");
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        second.System.EventStream.Subscribe(second.System.ActorOf(Props.Create(() => new RefusalBook(refused))), typeof(Warning));
        await refused.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(epoch, Epoch(await Ready("twice")));

        await _cluster.Stop(first);
        await _cluster.Until("the node to be lost", "/api/v1/nodes/twice", found => HollowNodes.Condition(found, "Ready") == "Unknown");
        var taken = await _cluster.Until("the second agent to run the node", "/api/v1/nodes/twice", found => Epoch(found) == epoch + 1 && HollowNodes.Condition(found, "Ready") == "True");
        Assert.EndsWith("/127.0.0.2", (string?)taken!["metadata"]!["annotations"]![NodeProtocol.MachineAnnotation], StringComparison.Ordinal);
        await _cluster.Until("the pod to be ready there", $"{Pods}/p-twice", found => HollowNodes.Condition(found, "Ready") == "True");
    }

    [Fact]
    public async Task Node_object_that_is_deleted_is_made_again_by_its_agent_with_a_higher_epoch()
    {
        await _cluster.StartNodes("remade");
        var before = await Ready("remade");
        await _cluster.Send(HttpMethod.Delete, "/api/v1/nodes/remade");
        var after = await _cluster.Until("the node to be made again", "/api/v1/nodes/remade",
            found => found is not null && (string?)found["metadata"]!["uid"] != (string?)before["metadata"]!["uid"] && HollowNodes.Condition(found, "Ready") == "True");
        Assert.True(Epoch(after!) > Epoch(before));
        Assert.Equal((string?)before["spec"]!["podCIDR"], (string?)after!["spec"]!["podCIDR"]);
    }

    [Fact]
    public async Task Control_plane_that_restarts_leaves_nodes_and_pods_alone_and_the_stream_resumes()
    {
        await _cluster.StartNodes("resume");
        await Ready("resume");
        await Create(HollowNodes.Pod("p-before", "resume"));
        var before = await _cluster.Until("the pod to be ready", $"{Pods}/p-before", found => HollowNodes.Condition(found, "Ready") == "True");
        var epoch = Epoch(await Ready("resume"));

        await _cluster.Restart();
        await Create(HollowNodes.Pod("p-after", "resume"));
        await _cluster.Until("the new pod to be ready", $"{Pods}/p-after", found => HollowNodes.Condition(found, "Ready") == "True");
        var after = await _cluster.Get($"{Pods}/p-before");
        Assert.Equal((string?)before!["metadata"]!["resourceVersion"], (string?)after!["metadata"]!["resourceVersion"]);
        var node = await Ready("resume");
        Assert.Equal(epoch, Epoch(node));
        Assert.Empty(HollowNodes.Taints(node));
    }

    private async Task<JsonObject> Ready(string node) =>
        (await _cluster.Until($"node {node} to be ready", $"/api/v1/nodes/{node}", found => HollowNodes.Condition(found, "Ready") == "True"))!;

    private async Task Create(string pod)
    {
        var (code, body) = await _cluster.Send(HttpMethod.Post, Pods, pod);
        Assert.True(code == HttpStatusCode.Created, body.ToJsonString());
    }

    private sealed class RefusalBook : ReceiveActor
    {
        public RefusalBook(TaskCompletionSource refused) => Receive<Warning>(logged =>
        {
            if (logged.Message?.ToString()?.Contains("the agent on 127.0.0.1 runs the node", StringComparison.Ordinal) == true) refused.TrySetResult();
        });
    }

    private static long Epoch(JsonObject? node) => long.Parse((string?)node?["metadata"]?["annotations"]?[NodeProtocol.EpochAnnotation] ?? "0");
}
