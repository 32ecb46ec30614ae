using System.Text.Json.Nodes;
using NodeActor.Probes;
using Xunit;

namespace Tests.Unit.Pods;

/// <summary>Somebody sets the clock by an hour, forth or back, while something is waited for: nothing ends before its time or later.</summary>
public sealed class PodClockTests
{
    public static TheoryData<TimeSpan> Steps => [TimeSpan.FromHours(1), TimeSpan.FromHours(-1)];

    [Theory]
    [MemberData(nameof(Steps))]
    public void Grace_of_a_stop_is_what_it_was(TimeSpan step)
    {
        var world = TestPods.Started();
        world.Delete(30);
        world.StepClock(step);
        world.Pass(TimeSpan.FromSeconds(29));
        Assert.Contains(world.Containers, one => one.MayRun);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.True(world.Stopped);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Shorter_grace_that_comes_after_it_counts_from_when_it_came(TimeSpan step)
    {
        var world = TestPods.Started();
        world.Delete(300);
        world.StepClock(step);
        world.Fence(true, TimeSpan.FromSeconds(2));
        world.Pass(TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(world.Containers, one => one.MayRun);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Drain_is_waited_for_as_long_as_ever(TimeSpan step)
    {
        var world = TestPods.Started();
        world.AnswersDrain = false;
        world.Delete(60);
        world.StepClock(step);
        world.Pass(TimeSpan.FromSeconds(9));
        Assert.Empty(world.Stops);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Single(world.Stops);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Back_off_of_a_crash_is_what_it_was(TimeSpan step)
    {
        var world = TestPods.Started();
        world.Exit("web", 1);
        world.Settle();
        world.Exit("web", 1);
        world.Settle();
        world.StepClock(step);
        world.Pass(TimeSpan.FromSeconds(9));
        Assert.Equal(1, world.Latest("web")!.Attempt);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(2, world.Latest("web")!.Attempt);
    }

    [Fact]
    public void Run_is_not_taken_for_a_long_one_that_forgives_crashes()
    {
        var world = TestPods.Started();
        world.Exit("web", 1);
        world.Settle();
        world.StepClock(TimeSpan.FromHours(1));
        world.Exit("web", 1);
        world.Settle();
        Assert.Equal("CrashLoopBackOff", (string?)world.ContainerStatus("web")["state"]!["waiting"]!["reason"]);
    }

    [Fact]
    public void Agent_started_after_the_clock_was_set_back_waits_no_longer_than_the_back_off()
    {
        var world = TestPods.Started();
        world.Exit("web", 1);
        world.Settle();
        world.Exit("web", 1);
        world.Settle();
        world.StepClock(TimeSpan.FromHours(-1));
        world.KillAgent(callsStillHappen: false);
        world.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(2, world.Latest("web")!.Attempt);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Probes_keep_their_period(TimeSpan step)
    {
        var probed = 0;
        var world = new PodWorld(TestPods.Json([TestPods.With("livenessProbe", new JsonObject { ["exec"] = new JsonObject(), ["periodSeconds"] = 10 })]))
        {
            Probe = (_, kind) => kind == ProbeKind.Liveness && ++probed > 0,
        };
        world.Settle();
        Assert.Equal(1, probed);
        world.StepClock(step);
        world.Pass(TimeSpan.FromSeconds(9));
        Assert.Equal(1, probed);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(2, probed);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Deadline_of_a_pod_is_what_it_was(TimeSpan step)
    {
        var world = TestPods.Started(spec: new() { ["activeDeadlineSeconds"] = 30 });
        world.StepClock(step);
        world.Pass(TimeSpan.FromSeconds(29));
        Assert.Equal("Running", world.Phase);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal("Failed", world.Phase);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void What_failed_is_tried_again_in_its_time(TimeSpan step)
    {
        var world = TestPods.Started();
        world.HoldsFolders = "busy";
        world.Delete(0);
        world.Settle();
        var tried = world.CleanUps;
        world.StepClock(step);
        world.Pass(TimeSpan.FromMilliseconds(900));
        Assert.Equal(tried, world.CleanUps);
        world.Pass(TimeSpan.FromMilliseconds(100));
        Assert.Equal(tried + 1, world.CleanUps);
    }

    [Fact]
    public void What_is_shown_is_the_time_of_day()
    {
        var world = TestPods.Started();
        world.StepClock(TimeSpan.FromHours(1));
        world.Exit("web", 1);
        world.Settle();
        world.Exit("web", 1);
        world.Settle();
        var ready = world.Status["conditions"]!.AsArray().Single(one => (string?)one!["type"] == "Ready")!;
        Assert.Equal("2030-01-02T01:00:00Z", (string?)ready["lastTransitionTime"]);
        Assert.Equal("2030-01-02T00:00:00Z", (string?)world.Status["startTime"]);
    }
}
