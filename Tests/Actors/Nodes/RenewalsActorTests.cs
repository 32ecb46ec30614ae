using Akka.Actor;
using ControlPlane.Nodes.Leases;
using Shared.Protocol;
using Xunit;

namespace Tests.Actors.Nodes;

public sealed class RenewalsActorTests : NodeStoreTests
{
    [Fact]
    public void Renewal_goes_to_the_nodes_actor_in_this_actors_name_and_its_answer_to_the_newest_asker()
    {
        var renewals = Sys.ActorOf(RenewalsActor.Props(Services, CreateTestProbe()));
        var (old, asker) = (CreateTestProbe(), CreateTestProbe());
        renewals.Tell(new RenewLease(new("a"), 1, 1, 0), old);
        renewals.Tell(new RenewLease(new("a"), 1, 2, 0), asker);
        Assert.Equal(1, Sent.ExpectMsg<RenewLease>().Sequence);
        Assert.Equal(renewals, Sent.LastSender);
        renewals.Tell(new LeaseRenewed(new("b"), 1, 9));
        renewals.Tell(new LeaseRenewed(new("a"), 1, 2));
        Assert.Equal(2, asker.ExpectMsg<LeaseRenewed>().Sequence);
        Assert.False(old.HasMessages);
    }
}
