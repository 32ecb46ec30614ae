using Xunit;
using static Tests.Unit.Workloads.DaemonSamples;

namespace Tests.Unit.Workloads;

public sealed class DaemonSetReconcilerTests
{
    private readonly World _world = new();

    public DaemonSetReconcilerTests()
    {
        foreach (var node in new[] { "a", "b", "c" }) _world.AddNode(node, $$"""{ "name": "{{node}}" }""");
    }

    [Fact]
    public void Every_node_has_a_pod_that_can_run_only_there()
    {
        _world.Create(DaemonSet());
        _world.Settle();
        Assert.Equal(["a", "b", "c"], _world.Nodes());
        var spec = _world.Tree(_world.ActivePods.First().Key)["spec"]!;
        Assert.Equal("metadata.name", (string?)spec["affinity"]!["nodeAffinity"]!["requiredDuringSchedulingIgnoredDuringExecution"]!["nodeSelectorTerms"]![0]!["matchFields"]![0]!["key"]);
        Assert.Contains(spec["tolerations"]!.AsArray(), toleration => (string?)toleration!["key"] == "node.kubernetes.io/unschedulable");
        _world.FinishDaemons();
        Assert.Equal((3, 3, 3, 3, 0), (_world.Number("desiredNumberScheduled"), _world.Number("currentNumberScheduled"), _world.Number("numberReady"), _world.Number("updatedNumberScheduled"), _world.Number("numberMisscheduled")));
    }

    [Fact]
    public void Nodes_that_come_go_and_change_labels_are_followed()
    {
        _world.Create(DaemonSet(pod: """ "nodeSelector": { "disk": "ssd" } """));
        _world.Settle();
        Assert.Empty(_world.Nodes());
        _world.Patch(NodeKey("b"), """{ "metadata": { "labels": { "disk": "ssd" } } }""");
        _world.AddNode("d", """{ "disk": "ssd" }""");
        _world.FinishDaemons();
        Assert.Equal(["b", "d"], _world.Nodes());
        _world.Patch(NodeKey("b"), """{ "metadata": { "labels": { "disk": "none" } } }""");
        _world.FinishDaemons();
        Assert.Equal(["d"], _world.Nodes());
    }

    [Fact]
    public void Required_affinity_of_the_template_chooses_nodes()
    {
        _world.Create(DaemonSet(pod: """
            "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": [ { "matchExpressions": [ { "key": "name", "operator": "NotIn", "values": [ "b" ] } ] } ] } } }
            """));
        _world.FinishDaemons();
        Assert.Equal(["a", "c"], _world.Nodes());
    }

    [Fact]
    public void Taint_keeps_new_pods_off_and_only_NoExecute_drives_away_what_is_there()
    {
        _world.Taint("a", "NoSchedule");
        _world.Create(DaemonSet());
        _world.FinishDaemons();
        Assert.Equal(["b", "c"], _world.Nodes());
        _world.Taint("b", "NoSchedule");
        _world.Taint("c", "NoExecute");
        _world.FinishDaemons();
        Assert.Equal(["b"], _world.Nodes());
        Assert.Equal((0, 1), (_world.Number("desiredNumberScheduled"), _world.Number("numberMisscheduled")));
        _world.Untaint("c");
        _world.FinishDaemons();
        Assert.Equal(["b", "c"], _world.Nodes());
    }

    [Fact]
    public void Node_that_is_not_well_keeps_its_daemon()
    {
        _world.Create(DaemonSet());
        _world.FinishDaemons();
        _world.Patch(NodeKey("a"), """{ "spec": { "unschedulable": true, "taints": [ { "key": "node.kubernetes.io/unreachable", "effect": "NoExecute" }, { "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" } ] } }""");
        _world.FinishDaemons();
        Assert.Equal(["a", "b", "c"], _world.Nodes());
        Assert.Equal(3, _world.Number("desiredNumberScheduled"));
    }

    [Fact]
    public void Update_takes_the_old_pod_first_as_many_at_once_as_may_be_unavailable()
    {
        _world.Create(DaemonSet());
        _world.FinishDaemons();
        _world.RollAgent("v2");
        _world.Settle();
        Assert.Equal(2, _world.ActivePods.Count());
        Assert.Equal(3, _world.Live(World.Pods).Count());
        _world.FinishDaemons();
        Assert.All(_world.ActivePods, pod => Assert.Equal("v2", StatefulSamples.Image(pod)));
        Assert.Equal(3, _world.Number("updatedNumberScheduled"));
    }

    [Fact]
    public void Update_by_surge_takes_the_old_pod_when_the_new_one_is_available()
    {
        _world.Create(DaemonSet("""{ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 } }"""));
        _world.FinishDaemons();
        _world.RollAgent("v2");
        _world.Settle();
        Assert.Equal(4, _world.ActivePods.Count());
        Assert.Equal(3, _world.ActivePods.Count(pod => pod.Header.Ready));
        _world.RunDaemon(_world.ActivePods.Single(pod => !pod.Header.Ready).Key);
        _world.Settle();
        Assert.Equal(3, _world.ActivePods.Count(pod => pod.Header.Ready));
        _world.FinishDaemons();
        Assert.All(_world.ActivePods, pod => Assert.Equal("v2", StatefulSamples.Image(pod)));
        Assert.Equal(3, _world.ActivePods.Count());
    }

    [Fact]
    public void OnDelete_changes_only_pods_that_somebody_deletes()
    {
        _world.Create(DaemonSet("""{ "type": "OnDelete" }"""));
        _world.FinishDaemons();
        _world.RollAgent("v2");
        _world.FinishDaemons();
        Assert.All(_world.ActivePods, pod => Assert.Equal("v1", StatefulSamples.Image(pod)));
        _world.Delete(_world.ActivePods.First().Key, grace: 0);
        _world.FinishDaemons();
        Assert.Equal(1, _world.ActivePods.Count(pod => StatefulSamples.Image(pod) == "v2"));
    }

    [Fact]
    public void Pod_that_has_failed_is_made_anew_after_a_pause()
    {
        _world.Create(DaemonSet());
        _world.FinishDaemons();
        _world.RollAgent("v2");
        _world.FinishDaemons();
        var failed = _world.ActivePods.First().Key;
        _world.Delete(failed, grace: 0);
        _world.Settle();
        var fresh = _world.ActivePods.Single(pod => !pod.Header.Ready).Key;
        _world.Fail(fresh);
        _world.Settle();
        Assert.Null(_world.Get(fresh).Header.DeletionTimestamp);
        Assert.NotNull(_world.PlanFor(Agent).RequeueAfter);
        _world.Pass(TimeSpan.FromSeconds(10));
        _world.Settle();
        Assert.NotNull(_world.Get(fresh).Header.DeletionTimestamp);
        _world.FinishDaemons();
        Assert.Equal(["a", "b", "c"], _world.Nodes());
    }

    [Fact]
    public void Pod_made_for_a_node_that_is_gone_goes()
    {
        _world.Create(DaemonSet());
        _world.Settle();
        _world.Delete(NodeKey("b"));
        _world.FinishDaemons();
        Assert.Equal(["a", "c"], _world.Nodes());
    }

    [Fact]
    public void Undo_finds_the_template_and_numbers_it_anew()
    {
        _world.Create(DaemonSet());
        foreach (var image in new[] { "v2", "v1" })
        {
            _world.FinishDaemons();
            _world.RollAgent(image);
        }
        _world.FinishDaemons();
        Assert.Equal([2, 3], _world.Live(World.Revisions).Select(revision => (long)revision.ToJsonObject()["revision"]!).Order());
        Assert.Equal(_world.Live(World.Revisions).Single(revision => (long)revision.ToJsonObject()["revision"]! == 3).Header.Labels["controller-revision-hash"], _world.ActivePods.First().Header.Labels["controller-revision-hash"]);
    }
}
