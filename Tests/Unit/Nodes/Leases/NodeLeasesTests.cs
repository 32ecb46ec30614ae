using ControlPlane.Nodes;
using ControlPlane.Nodes.Leases;
using CsCheck;
using Xunit;

namespace Tests.Unit.Nodes.Leases;

public sealed class NodeLeasesTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);
    private readonly ManualTime _time = new();
    private readonly NodeLeases _leases;

    public NodeLeasesTests() => _leases = new(new NodeOptions { AgentLease = Lease }, _time);

    public void Dispose() => _leases.Dispose();

    [Fact]
    public void Node_is_lost_after_a_whole_lease_of_silence_and_not_before()
    {
        _leases.Begin("a");
        _time.Pass(Lease);
        Assert.False(State().IsLost);
        Assert.False(State().Heard);
        _time.Pass(TimeSpan.FromMilliseconds(50));
        Assert.Equal((true, TimeSpan.FromMilliseconds(50)), (State().IsLost, State().LostFor));
    }

    [Fact]
    public void Time_left_is_when_the_lease_has_run_out()
    {
        _leases.Begin("a");
        _time.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(4) + TimeSpan.FromMilliseconds(1), State().Left);
    }

    [Fact]
    public void Renewal_starts_the_lease_anew()
    {
        _leases.Begin("a");
        _time.Pass(TimeSpan.FromSeconds(5));
        _leases.Renew("a");
        _time.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal((false, true), (State().IsLost, State().Heard));
        _time.Pass(TimeSpan.FromSeconds(2));
        Assert.True(State().IsLost);
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(5, 3)]
    [InlineData(60, 3)]
    public void Node_that_is_taken_over_has_what_is_left_of_its_lease_and_half_of_one_at_least(int silentFor, int left)
    {
        _leases.Hear("a");
        _time.Pass(TimeSpan.FromSeconds(silentFor));
        _leases.Begin("a");
        Assert.Equal(TimeSpan.FromSeconds(left) + TimeSpan.FromMilliseconds(1), State().Left);
        Assert.True(State().Heard);
    }

    [Fact]
    public void Node_that_was_forgotten_is_taken_over_as_one_never_heard_of()
    {
        _leases.Hear("a");
        _leases.Hear("b");
        _leases.Forget(new HashSet<string> { "b" });
        _time.Pass(TimeSpan.FromSeconds(5));
        _leases.Begin("a");
        Assert.Equal(Lease + TimeSpan.FromMilliseconds(1), State().Left);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(3600)]
    [InlineData(-3600)]
    public void Step_of_the_wall_clock_means_nothing(int seconds)
    {
        _leases.Begin("a");
        _time.Pass(TimeSpan.FromSeconds(1));
        _time.Step(TimeSpan.FromSeconds(seconds));
        Assert.Equal(TimeSpan.FromSeconds(5) + TimeSpan.FromMilliseconds(1), State().Left);
        _time.Pass(TimeSpan.FromSeconds(6));
        Assert.True(State().IsLost);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pause_of_the_process_gives_a_full_lease_whoever_looks_first(bool beatFirst)
    {
        _leases.Begin("a");
        _time.Pass(TimeSpan.FromSeconds(5));
        _time.Sleep(TimeSpan.FromSeconds(8));
        if (beatFirst) _time.Fire();
        Assert.False(State().IsLost);
        _time.Pass(TimeSpan.FromSeconds(5.5));
        Assert.False(State().IsLost);
        _time.Pass(TimeSpan.FromSeconds(1));
        Assert.True(State().IsLost);
    }

    [Fact]
    public void Beat_that_is_a_little_late_is_no_pause()
    {
        _leases.Begin("a");
        for (var i = 0; i < 7; i++)
        {
            _time.Sleep(TimeSpan.FromSeconds(1));
            _time.Fire();
        }
        Assert.True(State().IsLost);
    }

    [Fact]
    public void Actor_that_comes_back_soon_goes_on_with_the_lease_and_one_that_was_away_begins_anew()
    {
        _leases.Begin("a");
        _time.Pass(TimeSpan.FromSeconds(4));
        _leases.End("a", gone: false);
        _time.Pass(TimeSpan.FromSeconds(0.5));
        _leases.Begin("a");
        _time.Pass(TimeSpan.FromSeconds(2));
        Assert.True(State().IsLost);

        _leases.End("a", gone: false);
        _time.Pass(TimeSpan.FromSeconds(2));
        _leases.Begin("a");
        Assert.False(State().IsLost);
        Assert.False(State().Heard);
    }

    [Fact]
    public void Node_watched_elsewhere_has_no_silence_here_and_is_forgotten()
    {
        _leases.Begin("a");
        _time.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), _leases.SilenceOf("a"));
        _leases.End("a", gone: false);
        Assert.Null(_leases.SilenceOf("a"));
        Assert.Equal(["a"], _leases.Left());
        _time.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(["a"], _leases.Left());
        Assert.Empty(_leases.Left());
        Assert.False(State().Heard);
    }

    [Fact]
    public void Node_without_a_lease_is_never_judged()
    {
        _leases.Begin("a");
        _time.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal(LeaseState.Unjudged, _leases.StateOf("a", null));
    }

    [Fact]
    public void Written_sign_counts_only_when_it_changes()
    {
        _leases.Begin("a");
        _time.Pass(TimeSpan.FromSeconds(1));
        _leases.Observe("a", "t1");
        Assert.Equal((false, TimeSpan.FromSeconds(1)), (State().Heard, _leases.SilenceOf("a")));
        _leases.Observe("a", "t1");
        Assert.False(State().Heard);
        _leases.Observe("a", "t2");
        Assert.Equal((true, TimeSpan.Zero), (State().Heard, _leases.SilenceOf("a")));
        _time.Pass(TimeSpan.FromSeconds(1));
        _leases.Observe("a", "");
        Assert.Equal(TimeSpan.FromSeconds(1), _leases.SilenceOf("a"));
    }

    /// <summary>
    /// Whatever pauses and clock steps there are: a node that renews every second while the process is awake is never lost, and one that never renews is lost once
    /// the process was awake for a lease and a pause in one piece.
    /// </summary>
    [Fact]
    public void Renewing_node_is_never_lost_and_silent_one_always_is_whatever_the_process_slept_through() =>
        Sleeps.Sample(sleeps => Assert.Null(Violation(sleeps, time => time)), iter: 300);

    /// <summary>The mutants of the property: leases in wall time, and without looking for pauses, fail it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Leases_without_one_of_the_guards_lose_nodes_that_renew(bool wallClock) =>
        Assert.ThrowsAny<Exception>(() => Sleeps.Sample(
            sleeps => Assert.Null(Violation(sleeps, time => wallClock ? new WallTime(time) : new SleeplessTime(time))), iter: 300));

    private static readonly Gen<(int Awake, int Asleep, int Step)[]> Sleeps = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 40], Gen.Int[-10, 10]).Array[1, 8];

    private static string? Violation((int Awake, int Asleep, int Step)[] sleeps, Func<ManualTime, TimeProvider> seenThrough)
    {
        var time = new ManualTime();
        using var leases = new NodeLeases(new NodeOptions { AgentLease = Lease }, seenThrough(time));
        leases.Begin("renews");
        leases.Begin("silent");
        foreach (var (awake, asleep, step) in sleeps.Append((8, 0, 0)))
        {
            for (var second = 0; second < awake; second++)
            {
                time.Pass(TimeSpan.FromSeconds(1));
                if (leases.StateOf("renews", Lease).IsLost) return "a node that renews was lost";
                leases.Renew("renews");
            }
            time.Sleep(TimeSpan.FromSeconds(asleep));
            time.Step(TimeSpan.FromSeconds(step));
            if (leases.StateOf("renews", Lease).IsLost) return "a node was lost for what the process slept through";
            time.Fire();
        }
        return leases.StateOf("silent", Lease).IsLost ? null : "a node that never renewed was kept";
    }

    private LeaseState State() => _leases.StateOf("a", Lease);

    /// <summary>Elapsed time taken from the wall clock.</summary>
    private sealed class WallTime(ManualTime inner) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => inner.GetUtcNow().Ticks;
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
    }

    /// <summary>Time in which no pause can be seen: whoever asks after a gap is shown beats in it first.</summary>
    private sealed class SleeplessTime(ManualTime inner) : TimeProvider
    {
        private Action _beat = () => { };
        private bool _beating;
        private long _shown;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp()
        {
            var now = inner.GetTimestamp();
            while (!_beating && _shown + ProcessPulse.Beat.Ticks < now)
            {
                _shown += ProcessPulse.Beat.Ticks;
                _beating = true;
                _beat();
                _beating = false;
            }
            return _shown;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _beat = () => callback(state);
            return inner.CreateTimer(callback, state, dueTime, period);
        }
    }
}
