using System.Text.Json.Nodes;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Leases;
using ControlPlane.Nodes.Taints;
using ControlPlane.Nodes.Zones;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Nodes;

public sealed class NodeReconcilerTests
{
    private static readonly DateTimeOffset Start = NodeObjects.Start;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);
    private static readonly LeaseState Held = LeaseState.Of(TimeSpan.FromSeconds(2), Lease, heard: true);
    private static readonly LeaseState Lost = LeaseState.Of(TimeSpan.FromSeconds(7), Lease, heard: true);
    private static readonly LeaseState Unheard = LeaseState.Of(TimeSpan.FromSeconds(1), Lease, heard: false);
    private static readonly EvictionVerdict Normal = new(ZoneState.Normal, new(2, 1), true, null, false);

    [Fact]
    public void Healthy_node_needs_nothing_until_its_lease_runs_out()
    {
        var plan = Plan(NodeObjects.Node(), Held, Start);
        Assert.Empty(plan.Commands);
        Assert.Equal(TimeSpan.FromSeconds(4) + TimeSpan.FromMilliseconds(1), plan.RequeueAfter);
    }

    [Fact]
    public void Lost_node_is_marked_tainted_and_emptied_in_one_plan()
    {
        var plan = Plan(NodeObjects.Node(), Lost, Start.AddSeconds(7), NodeObjects.Pod("web"), NodeObjects.Pod("agent", """[{ "operator": "Exists" }]"""));
        Assert.Contains(plan.Events, note => note.Reason == "NodeNotReady");
        Assert.Equal("web", Assert.Single(plan.Commands.OfType<DeleteObject>()).Key.Name);
        Assert.Null(plan.Commands.OfType<DeleteObject>().Single().GraceSeconds);
        Assert.Equal("uid-web", plan.Commands.OfType<DeleteObject>().Single().Preconditions.Uid);

        var node = Apply(NodeObjects.Node(), plan);
        Assert.Equal(("Unknown", "NodeStatusUnknown"), (node.Ready!.Status, node.Ready.Reason));
        Assert.Equal([TaintEffect.NoSchedule, TaintEffect.NoExecute], node.Taints.Select(taint => taint.Effect));
        Assert.All(node.Taints, taint => Assert.Equal((Taint.Unreachable, Start.AddSeconds(7)), (taint.Key, taint.TimeAdded)));
        Assert.Equal(2, plan.Commands.OfType<PatchObject>().Count(patch => patch.Key.Resource == "pods"));
    }

    [Fact]
    public void Carried_out_plan_leads_to_an_empty_one()
    {
        var (node, now) = (NodeObjects.Node(), Start.AddSeconds(7));
        var after = ApplyTo(node, Plan(node, Lost, now));
        var again = Plan(after, Lost, now.AddSeconds(1), NodeObjects.Pod("web", ready: false, deleting: true));
        Assert.Empty(again.Commands);
        Assert.Empty(again.Events);
        Assert.NotNull(again.RequeueAfter);
    }

    [Fact]
    public void Node_that_was_lost_before_a_restart_stays_so_until_it_tells_how_it_is()
    {
        var lost = ApplyTo(NodeObjects.Node(), Plan(NodeObjects.Node(), Lost, Start.AddSeconds(7)));
        Assert.Empty(Plan(lost, Unheard, Start.AddSeconds(101)).Commands);
        Assert.Empty(Plan(lost, Held, Start.AddSeconds(102)).Commands);

        var told = lost.ToJsonObject();
        told["status"]!["conditions"]![0]!["status"] = "True";
        lost = new(lost.Key, ObjectJson.ToUtf8(told), lost.Revision + 1);
        var plan = Plan(lost, Held, Start.AddSeconds(102));
        Assert.Contains(plan.Events, note => note.Reason == "NodeReady");
        var back = Apply(lost, plan);
        Assert.Equal("True", back.Ready!.Status);
        Assert.Empty(back.Taints);
    }

    [Fact]
    public void Node_that_was_lost_before_a_restart_is_not_emptied_before_it_could_speak()
    {
        var toleration = """[{ "operator": "Exists", "tolerationSeconds": 300 }]""";
        var lost = ApplyTo(NodeObjects.Node(), Plan(NodeObjects.Node(), Lost, Start));
        Assert.Empty(Plan(lost, Unheard, Start.AddSeconds(400), NodeObjects.Pod("a", toleration, ready: false)).Commands);
        Assert.Single(Plan(lost, Lost, Start.AddSeconds(400), NodeObjects.Pod("a", toleration, ready: false)).Commands.OfType<DeleteObject>());
    }

    [Fact]
    public void Lost_node_of_a_zone_that_may_not_be_emptied_is_marked_and_its_pods_stay()
    {
        var held = new EvictionVerdict(ZoneState.PartialDisruption, new(2, 3), false, TimeSpan.FromSeconds(3), false);
        var plan = Plan(NodeObjects.Node(), Lost, held, Start, NodeObjects.Pod("web"));
        Assert.Empty(plan.Commands.OfType<DeleteObject>());
        Assert.Equal(TaintEffect.NoSchedule, Assert.Single(Apply(NodeObjects.Node(), plan).Taints).Effect);
        Assert.Contains(plan.Events, note => note.Reason == "EvictionsSlowedDown");
        Assert.Equal(TimeSpan.FromSeconds(3), plan.RequeueAfter);

        var after = ApplyTo(NodeObjects.Node(), plan);
        Assert.Single(Plan(after, Lost, Normal, Start.AddSeconds(5), NodeObjects.Pod("web", ready: false)).Commands.OfType<DeleteObject>());
    }

    [Fact]
    public void Eviction_that_is_under_way_is_called_off_when_every_node_is_missing()
    {
        var lost = ApplyTo(NodeObjects.Node(), Plan(NodeObjects.Node(), Lost, Start));
        var everywhere = new EvictionVerdict(ZoneState.FullDisruption, new(0, 3), false, TimeSpan.FromSeconds(5), true);
        var plan = Plan(lost, Lost, everywhere, Start.AddSeconds(400), NodeObjects.Pod("a", """[{ "operator": "Exists", "tolerationSeconds": 300 }]""", ready: false));
        Assert.Empty(plan.Commands.OfType<DeleteObject>());
        Assert.Equal(TaintEffect.NoSchedule, Assert.Single(Apply(lost, plan).Taints).Effect);
    }

    [Fact]
    public void Node_without_a_lease_is_left_alone()
    {
        var plan = Plan(NodeObjects.Node(epoch: 0), LeaseState.Unjudged, Start.AddDays(1));
        Assert.Empty(plan.Commands);
        Assert.Null(plan.RequeueAfter);
    }

    [Fact]
    public void External_node_that_says_it_is_ready_again_loses_the_taints()
    {
        var node = NodeObjects.Node(epoch: 0, spec: """{ "taints": [{ "key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": "2030-01-01T00:00:00Z" }, { "key": "mine", "effect": "NoSchedule" }] }""");
        Assert.Equal(["mine"], Apply(node, Plan(node, Held, Start.AddSeconds(1))).Taints.Select(taint => taint.Key));
    }

    [Fact]
    public void Taint_of_a_user_evicts_with_the_time_it_was_first_seen()
    {
        var node = NodeObjects.Node(spec: """{ "taints": [{ "key": "maintenance", "effect": "NoExecute" }] }""");
        var pods = new[] { NodeObjects.Pod("a"), NodeObjects.Pod("b", """[{ "key": "maintenance", "operator": "Exists", "tolerationSeconds": 2 }]""") };
        var plan = Plan(node, Held, Start.AddSeconds(1), pods);
        Assert.Equal("a", Assert.Single(plan.Commands.OfType<DeleteObject>()).Key.Name);
        Assert.Equal(TimeSpan.FromSeconds(2), plan.RequeueAfter);
        Assert.DoesNotContain(plan.Commands, command => command is PatchObject { Key.Resource: "pods" });

        var stamped = ApplyTo(node, plan);
        Assert.Equal("b", Plan(stamped, Held, Start.AddSeconds(3), pods[1]).Commands.OfType<DeleteObject>().Single().Key.Name);
    }

    [Fact]
    public void Cordoned_and_pressed_node_gets_the_taints_of_its_conditions()
    {
        var node = NodeObjects.Node(spec: """{ "unschedulable": true }""", conditions: """{ "type": "DiskPressure", "status": "True" }""");
        Assert.Equal([Taint.Unschedulable.Key, "node.kubernetes.io/disk-pressure"], Apply(node, Plan(node, Held, Start)).Taints.Select(taint => taint.Key));
    }

    [Fact]
    public void Out_of_service_taint_removes_pods_that_were_waiting_for_the_node()
    {
        var node = NodeObjects.Node(ready: "Unknown", spec: """{ "taints": [{ "key": "node.kubernetes.io/out-of-service", "effect": "NoExecute", "timeAdded": "2030-01-01T00:00:00Z" }] }""");
        var plan = Plan(node, Held, Start.AddSeconds(10), NodeObjects.Pod("a", deleting: true, ready: false));
        Assert.Equal(0, Assert.Single(plan.Commands.OfType<DeleteObject>()).GraceSeconds);
    }

    private static Plan Plan(StoredObject node, LeaseState lease, DateTimeOffset now, params StoredObject[] pods) => Plan(node, lease, Normal, now, pods);

    private static Plan Plan(StoredObject node, LeaseState lease, EvictionVerdict zone, DateTimeOffset now, params StoredObject[] pods) =>
        NodeReconciler.Plan(node, lease, _ => zone, () => pods, now);

    private static NodeView Apply(StoredObject node, Plan plan) => ApplyTo(node, plan).Project(NodeView.Of);

    private static StoredObject ApplyTo(StoredObject node, Plan plan)
    {
        var kind = TestCatalogue.Default.FindStored(node.Key.GroupResource)!;
        JsonObject tree = node.ToJsonObject();
        foreach (var patch in plan.Commands.OfType<PatchObject>().Where(patch => patch.Key == node.Key)) tree = patch.Patch.Apply(tree, kind).Object!;
        return new(node.Key, ObjectJson.ToUtf8(tree), node.Revision + 1);
    }
}
