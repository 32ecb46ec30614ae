using System.Text.Json.Nodes;
using ControlPlane.Nodes;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Nodes;

public sealed class NodeReconcilerTests
{
    private static readonly DateTimeOffset Start = NodeObjects.Start;
    private static readonly NodeOptions Options = new();
    private static readonly NodeLease Fresh = NodeLease.Begin(Start).Renew(Start);

    [Fact]
    public void Healthy_node_needs_nothing_until_its_lease_runs_out()
    {
        var plan = Plan(NodeObjects.Node(), Fresh, Start.AddSeconds(2));
        Assert.Empty(plan.Commands);
        Assert.Equal(TimeSpan.FromSeconds(4) + TimeSpan.FromMilliseconds(1), plan.RequeueAfter);
    }

    [Fact]
    public void Lost_node_is_marked_tainted_and_emptied_in_one_plan()
    {
        var plan = Plan(NodeObjects.Node(), Fresh, Start.AddSeconds(7), NodeObjects.Pod("web"), NodeObjects.Pod("agent", """[{ "operator": "Exists" }]"""));
        Assert.Contains(plan.Events, note => note.Reason == "NodeNotReady");
        Assert.Equal("web", Assert.Single(plan.Commands.OfType<DeleteObject>()).Key.Name);
        Assert.Null(plan.Commands.OfType<DeleteObject>().Single().GraceSeconds);
        Assert.Equal("uid-web", plan.Commands.OfType<DeleteObject>().Single().Preconditions.Uid);

        var node = Apply(NodeObjects.Node(), plan);
        Assert.Equal(("Unknown", "NodeStatusUnknown"), (node.Ready!.Status, node.Ready.Reason));
        Assert.Equal([NodeTaint.NoSchedule, NodeTaint.NoExecute], node.Taints.Select(taint => taint.Effect));
        Assert.All(node.Taints, taint => Assert.Equal((NodeTaint.Unreachable, Start.AddSeconds(7)), (taint.Key, taint.TimeAdded)));
        Assert.Equal(2, plan.Commands.OfType<PatchObject>().Count(patch => patch.Key.Resource == "pods"));
    }

    [Fact]
    public void Carried_out_plan_leads_to_an_empty_one()
    {
        var (node, now) = (NodeObjects.Node(), Start.AddSeconds(7));
        var after = ApplyTo(node, Plan(node, Fresh, now));
        var again = Plan(after, Fresh, now.AddSeconds(1), NodeObjects.Pod("web", ready: false, deleting: true));
        Assert.Empty(again.Commands);
        Assert.Empty(again.Events);
        Assert.NotNull(again.RequeueAfter);
    }

    [Fact]
    public void Node_that_was_lost_before_a_restart_stays_so_until_it_renews()
    {
        var lost = ApplyTo(NodeObjects.Node(), Plan(NodeObjects.Node(), Fresh, Start.AddSeconds(7)));
        var restarted = NodeLease.Begin(Start.AddSeconds(100));
        Assert.Empty(Plan(lost, restarted, Start.AddSeconds(101)).Commands);

        var plan = Plan(lost, restarted.Renew(Start.AddSeconds(102)), Start.AddSeconds(102));
        Assert.Contains(plan.Events, note => note.Reason == "NodeReady");
        var back = Apply(lost, plan);
        Assert.Equal("True", back.Ready!.Status);
        Assert.Empty(back.Taints);
    }

    [Fact]
    public void Restarted_control_plane_gives_a_healthy_node_a_full_lease()
    {
        var plan = Plan(NodeObjects.Node(), NodeLease.Begin(Start.AddHours(1)), Start.AddHours(1).AddSeconds(6));
        Assert.Empty(plan.Commands);
    }

    [Fact]
    public void External_node_has_the_longer_lease_and_is_left_alone_where_it_is_zero()
    {
        var node = NodeObjects.Node(epoch: 0);
        Assert.Empty(Plan(node, Fresh, Start.AddSeconds(39)).Commands);
        Assert.NotEmpty(Plan(node, Fresh, Start.AddSeconds(41)).Commands);
        var plan = NodeReconciler.Plan(node, Fresh, () => [], Options with { ExternalLease = TimeSpan.Zero }, Start.AddDays(1));
        Assert.Empty(plan.Commands);
        Assert.Null(plan.RequeueAfter);
    }

    [Fact]
    public void External_node_that_says_it_is_ready_again_loses_the_taints()
    {
        var node = NodeObjects.Node(epoch: 0, spec: """{ "taints": [{ "key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": "2030-01-01T00:00:00Z" }, { "key": "mine", "effect": "NoSchedule" }] }""");
        Assert.Equal(["mine"], Apply(node, Plan(node, Fresh, Start.AddSeconds(1))).Taints.Select(taint => taint.Key));
    }

    [Fact]
    public void Taint_of_a_user_evicts_with_the_time_it_was_first_seen()
    {
        var node = NodeObjects.Node(spec: """{ "taints": [{ "key": "maintenance", "effect": "NoExecute" }] }""");
        var pods = new[] { NodeObjects.Pod("a"), NodeObjects.Pod("b", """[{ "key": "maintenance", "operator": "Exists", "tolerationSeconds": 2 }]""") };
        var plan = Plan(node, Fresh, Start.AddSeconds(1), pods);
        Assert.Equal("a", Assert.Single(plan.Commands.OfType<DeleteObject>()).Key.Name);
        Assert.Equal(TimeSpan.FromSeconds(2), plan.RequeueAfter);
        Assert.DoesNotContain(plan.Commands, command => command is PatchObject { Key.Resource: "pods" });

        var stamped = ApplyTo(node, plan);
        Assert.Equal("b", Plan(stamped, Fresh.Renew(Start.AddSeconds(3)), Start.AddSeconds(3), pods[1]).Commands.OfType<DeleteObject>().Single().Key.Name);
    }

    [Fact]
    public void Cordoned_and_pressed_node_gets_the_taints_of_its_conditions()
    {
        var node = NodeObjects.Node(spec: """{ "unschedulable": true }""", conditions: """{ "type": "DiskPressure", "status": "True" }""");
        Assert.Equal([NodeTaint.Unschedulable, "node.kubernetes.io/disk-pressure"], Apply(node, Plan(node, Fresh, Start)).Taints.Select(taint => taint.Key));
    }

    [Fact]
    public void Out_of_service_taint_removes_pods_that_were_waiting_for_the_node()
    {
        var node = NodeObjects.Node(ready: "Unknown", spec: """{ "taints": [{ "key": "node.kubernetes.io/out-of-service", "effect": "NoExecute", "timeAdded": "2030-01-01T00:00:00Z" }] }""");
        var plan = Plan(node, Fresh, Start.AddSeconds(10), NodeObjects.Pod("a", deleting: true, ready: false));
        Assert.Equal(0, Assert.Single(plan.Commands.OfType<DeleteObject>()).GraceSeconds);
    }

    private static Plan Plan(StoredObject node, NodeLease lease, DateTimeOffset now, params StoredObject[] pods) =>
        NodeReconciler.Plan(node, lease, () => pods, Options, now);

    private static NodeView Apply(StoredObject node, Plan plan) => ApplyTo(node, plan).Project(NodeView.Of);

    private static StoredObject ApplyTo(StoredObject node, Plan plan)
    {
        var kind = TestCatalogue.Default.FindStored(node.Key.GroupResource)!;
        JsonObject tree = node.ToJsonObject();
        foreach (var patch in plan.Commands.OfType<PatchObject>().Where(patch => patch.Key == node.Key)) tree = patch.Patch.Apply(tree, kind).Object!;
        return new(node.Key, ObjectJson.ToUtf8(tree), node.Revision + 1);
    }
}
