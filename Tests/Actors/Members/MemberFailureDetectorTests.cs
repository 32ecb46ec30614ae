using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;
using ControlPlane.Membership;
using Tests.Support;
using Xunit;

namespace Tests.Actors.Members;

/// <summary>When the cluster takes a member for unreachable.</summary>
public sealed class MemberFailureDetectorTests : ActorTest
{
    private static readonly Address Member = Address.Parse("akka.ssl.tcp://actors@10.0.0.1:6500");
    private static readonly Config Patient = ConfigurationFactory.ParseString("threshold = 8, max-sample-size = 10, min-std-deviation = 100ms, acceptable-heartbeat-pause = 60s, heartbeat-interval = 1s");

    private readonly DefaultFailureDetectorRegistry<Address> _registry;
    private readonly RefusedConnections _refused;

    public MemberFailureDetectorTests()
    {
        _registry = new(() => new MemberFailureDetector(Patient, Sys.EventStream));
        _refused = RefusedConnections.Of(Sys.EventStream);
    }

    [Fact]
    public void Member_whose_machine_refuses_connections_is_not_there_at_once()
    {
        _registry.Heartbeat(Member);
        Assert.True(_registry.IsAvailable(Member));
        _refused.Add(Member);
        Assert.False(_registry.IsAvailable(Member));
    }

    [Fact]
    public void Who_is_heard_after_that_is_there_though_it_is_no_member_yet_and_tells_nobody_of_itself()
    {
        // Somebody asked for it before it listened, as whoever knows it for a seed does.
        _refused.Add(Member);
        _registry.Heartbeat(Member);
        Assert.True(_registry.IsAvailable(Member));
    }
}
