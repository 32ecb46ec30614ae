using Akka.Actor;
using Akka.Configuration;
using ControlPlane.Hosting;
using ControlPlane.Membership;
using ControlPlane.Nodes.Usage;
using ControlPlane.Telemetry.Usage;
using Shared.Protocol;
using Shared.Serialization;
using Tests.Support;
using Tests.Unit.Nodes;
using Xunit;

namespace Tests.Actors.Nodes;

/// <summary>What members tell each other of what nodes use, over real remoting.</summary>
public sealed class UsageActorTests : NodeStoreTests
{
    private static readonly NodeUse Own = new(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(15), 1, 2);
    private static readonly Config Remote = ConfigurationFactory.ParseString(
        """
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = 0
        akka.stdout-loglevel = OFF
        """)
        .WithFallback(ObjectMessageSerializer.Config).WithFallback(ProtocolConfig.Config);

    private readonly MemberBook _members = new(new());
    private readonly SteppedTime _time = new();
    private readonly UsageTable _table;

    public UsageActorTests()
    {
        _table = new(Store.Cache, _time);
        Store.Put(NodeObjects.Node());
    }

    [Fact]
    public void Report_is_noted_and_told_to_the_other_members()
    {
        using var other = ActorSystem.Create("other", Remote);
        using var here = ActorSystem.Create("here", Remote);
        var (theirs, ours) = (new UsageTable(Store.Cache, _time), new UsageTable(Store.Cache, _time));
        other.ActorOf(UsageActor.Props(new(new()), theirs), UsageActor.Name);
        _members.Set(((ExtendedActorSystem)other).Provider.DefaultAddress, new(0, TimeSpan.Zero, IsSilent: false));
        here.ActorOf(UsageActor.Props(_members, ours), UsageActor.Name).Tell(new ReportUsage(new("node-1"), 7, Own, []));
        AwaitCondition(() => ours.OfNode("node-1") is { CpuNanocores: 1 } && theirs.OfNode("node-1") is { CpuNanocores: 1 }, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void What_is_too_old_is_dropped_in_time()
    {
        var actor = Sys.ActorOf(UsageActor.Props(_members, _table), UsageActor.Name);
        actor.Tell(new ReportUsage(new("node-1"), 7, Own, []));
        AwaitCondition(() => _table.Count == 1, TimeSpan.FromSeconds(20));
        _time.Sleep(UsageTable.Lifetime);
        actor.Tell(UsageActor.SweepDue.Instance);
        AwaitCondition(() => _table.Count == 0, TimeSpan.FromSeconds(20));
    }
}
