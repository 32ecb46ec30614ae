using NodeActor.Probes;
using Xunit;

namespace Tests.Unit.Probes;

public sealed class ProbeMachineTests
{
    private static readonly TimeSpan Start = TimeSpan.FromDays(1);

    [Fact]
    public void Success_threshold_of_3_is_passed_after_two_periods()
    {
        var settings = new ProbeSettings(TimeSpan.Zero, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), SuccessThreshold: 3, FailureThreshold: 3);
        var (state, times) = Probe(settings, ProbeKind.Readiness, _ => true, until: passed => passed == true);
        Assert.True(state.Passed);
        Assert.Equal([0, 10, 20], times);
    }

    [Fact]
    public void First_success_of_a_glance_counts_and_the_others_come_a_period_apart()
    {
        var settings = new ProbeSettings(TimeSpan.Zero, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), SuccessThreshold: 3, FailureThreshold: 3);
        var (_, times) = Probe(settings, ProbeKind.Readiness, seconds => seconds > 0.2, until: passed => passed == true);
        Assert.Equal([0, 0.1, 0.3, 10.3, 20.3], times);
    }

    [Fact]
    public void Container_that_listens_soon_is_ready_at_the_next_glance()
    {
        var settings = new ProbeSettings(TimeSpan.Zero, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), SuccessThreshold: 1, FailureThreshold: 3);
        var (_, times) = Probe(settings, ProbeKind.Readiness, seconds => seconds > 0.5, until: passed => passed == true);
        Assert.Equal([0, 0.1, 0.3, 0.7], times);
    }

    [Theory]
    [InlineData(ProbeKind.Startup)]
    [InlineData(ProbeKind.Readiness)]
    [InlineData(ProbeKind.Liveness)]
    public void Failures_that_reach_the_threshold_lie_a_period_apart(ProbeKind kind)
    {
        var settings = new ProbeSettings(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), SuccessThreshold: 1, FailureThreshold: 3);
        var (state, times) = Probe(settings, kind, _ => false, until: passed => passed == false);
        Assert.False(state.Passed);
        Assert.Equal([5, 15, 25], times.Where(time => time % 5 == 0));
    }

    [Fact]
    public void Failure_between_successes_begins_the_count_anew()
    {
        var settings = new ProbeSettings(TimeSpan.Zero, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), SuccessThreshold: 2, FailureThreshold: 3);
        var (_, times) = Probe(settings, ProbeKind.Readiness, seconds => seconds != 10, until: passed => passed == true);
        Assert.Equal([0, 10, 20, 30], times.Where(time => time % 10 == 0));
    }

    /// <summary>Probes when it is due, each answer at once, and says when in seconds.</summary>
    private static (ProbeState State, List<double> Times) Probe(ProbeSettings settings, ProbeKind kind, Func<double, bool> answer, Func<bool?, bool> until)
    {
        var (state, times) = (ProbeState.New, new List<double>());
        while (!until(state.Passed))
        {
            Assert.True(times.Count < 50, string.Join(' ', times));
            var due = ProbeMachine.Due(state, kind, settings, Start);
            times.Add(Math.Round((due - Start).TotalSeconds, 1));
            state = ProbeMachine.After(state, kind, settings, answer(times[^1]), due);
        }
        return (state, times);
    }
}
