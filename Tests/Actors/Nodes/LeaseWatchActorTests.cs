using Akka.Actor;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Leases;
using ControlPlane.Objects;
using Tests.Unit.Nodes;
using Tests.Unit.Nodes.Leases;
using Xunit;

namespace Tests.Actors.Nodes;

public sealed class LeaseWatchActorTests : NodeStoreTests
{
    [Fact]
    public void Actor_that_ended_while_its_node_lives_is_woken_and_no_other()
    {
        var time = new ManualTime();
        using var leases = new NodeLeases(new NodeOptions(), time);
        var node = Store.Put(NodeObjects.Node("a"));
        foreach (var name in (string[])["a", "b", "gone"]) leases.Begin(name);
        leases.End("a", gone: false);
        leases.End("gone", gone: false);
        var watch = Sys.ActorOf(LeaseWatchActor.Props(Services, leases));
        watch.Tell(LeaseWatchActor.CheckDue.Instance);
        Assert.Equal(node.Key, Sent.ExpectMsg<Reconcile>().Key);
        leases.Begin("a");
        watch.Tell(LeaseWatchActor.CheckDue.Instance);
        Settle(watch);
        while (Sent.HasMessages) Assert.NotEqual(NodeView.KeyOf("b"), Sent.ExpectMsg<Reconcile>().Key);
    }
}
