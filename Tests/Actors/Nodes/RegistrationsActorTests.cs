using ControlPlane.Nodes;
using ControlPlane.Nodes.Agents;
using ControlPlane.Nodes.Registration;
using Shared.Protocol;
using Xunit;

namespace Tests.Actors.Nodes;

public sealed class RegistrationsActorTests : NodeStoreTests
{
    private readonly AgentTickets _tickets = new([1], TimeProvider.System);

    [Fact]
    public void Second_attempt_while_one_is_under_way_is_not_begun()
    {
        var registrations = Sys.ActorOf(RegistrationsActor.Props(Services, new NodeOptions(), _tickets));
        for (var i = 0; i < 5; i++) registrations.Tell(new RegisterNode(new("a"), "x", NodeJson("a"), NoProof), TestActor);
        ExpectMsg<NodeRegistered>();
        Settle(registrations);
        Assert.Single(Store.Cache.List(PodRangeClaim.Resource).Objects);
    }

    [Fact]
    public void Node_whose_ranges_are_all_taken_is_registered_without_one()
    {
        var registrations = Sys.ActorOf(RegistrationsActor.Props(Services, new NodeOptions { ClusterCidr = "10.244.0.0/30", NodePrefixLength = 30 }, _tickets));
        registrations.Tell(new RegisterNode(new("a"), "x", NodeJson("a"), NoProof), TestActor);
        Assert.Equal("10.244.0.0/30", ExpectMsg<NodeRegistered>().PodCidr);
        registrations.Tell(new RegisterNode(new("b"), "x", NodeJson("b"), NoProof), TestActor);
        Assert.Equal("", ExpectMsg<NodeRegistered>().PodCidr);
    }
}
