using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;
using ControlPlane.Membership;
using Tests.Support;
using Tests.Unit.Nodes.Leases;
using Xunit;

namespace Tests.Actors.Members;

/// <summary>When the cluster takes a member for unreachable.</summary>
public sealed class MemberFailureDetectorTests : ActorTest
{
    private static readonly Address Member = Address.Parse("akka.ssl.tcp://actors@10.0.0.1:6500");
    private static readonly Config Patient = ConfigurationFactory.ParseString("threshold = 8, max-sample-size = 10, min-std-deviation = 100ms, acceptable-heartbeat-pause = 60s, heartbeat-interval = 1s");

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(61);

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

    [Fact]
    public void Silent_member_is_not_there_after_the_interval_and_the_pause_however_often_that_is_asked()
    {
        var clock = new ManualTime();
        var detector = Watching(clock);
        for (var waited = TimeSpan.Zero; waited < Limit; waited += TimeSpan.FromMilliseconds(100))
        {
            Assert.True(detector.IsAvailable);
            clock.Sleep(TimeSpan.FromMilliseconds(100));
        }
        clock.Sleep(TimeSpan.FromMilliseconds(100));
        Assert.False(detector.IsAvailable);
        detector.HeartBeat();
        Assert.True(detector.IsAvailable);
    }

    [Fact]
    public void Time_in_which_this_process_did_not_run_is_nobodys_silence()
    {
        var clock = new ManualTime();
        var detector = Watching(clock);
        for (var pauses = 0; pauses < 50; pauses++)
        {
            clock.Sleep(TimeSpan.FromMinutes(1));
            Assert.True(detector.IsAvailable);
        }

        // Starved for ever it would notice later, and notices.
        var questions = 0;
        while (detector.IsAvailable)
        {
            clock.Sleep(TimeSpan.FromSeconds(1));
            questions++;
        }
        Assert.InRange(questions, 1, Limit / MemberFailureDetector.Step);
    }

    [Fact]
    public void Who_was_never_heard_is_not_monitored_and_not_missed()
    {
        var detector = new MemberFailureDetector(Patient, Sys.EventStream, new ManualTime());
        Assert.False(detector.IsMonitoring);
        Assert.True(detector.IsAvailable);
        detector.HeartBeat();
        Assert.True(detector.IsMonitoring);
    }

    private MemberFailureDetector Watching(TimeProvider clock)
    {
        var detector = new MemberFailureDetector(Patient, Sys.EventStream, clock);
        detector.HeartBeat();
        return detector;
    }
}
