using System.Text.Json.Nodes;
using Xunit;

namespace Tests.Unit.Pods;

/// <summary>How a pod stops: deleted, fenced, or past its deadline.</summary>
public sealed class PodStopTests
{
    [Fact]
    public void Deleted_ready_pod_is_drained_before_TERM()
    {
        var world = TestPods.Started();
        world.AnswersDrain = false;
        world.Delete(5);
        Assert.True(world.DrainAsked);
        Assert.Empty(world.Stops);
        world.Pass(TimeSpan.FromSeconds(4));
        Assert.Empty(world.Stops);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Single(world.Stops);
        world.Pass(TimeSpan.FromSeconds(6));
        Assert.True(world.Stopped);
        Assert.Empty(world.Sandboxes);
    }

    [Fact]
    public void Deleted_pod_that_was_never_ready_is_not_drained()
    {
        var world = new PodWorld(TestPods.Json([TestPods.With("readinessProbe", new JsonObject { ["exec"] = new JsonObject() })])) { Probe = (_, _) => false };
        world.Settle();
        world.Delete(5);
        Assert.False(world.DrainAsked);
        Assert.Single(world.Stops);
    }

    [Fact]
    public void Shorter_grace_hurries_a_stop_under_way()
    {
        var world = TestPods.Started();
        world.Delete(3600);
        Assert.Single(world.Stops);
        world.Delete(1);
        world.Pass(TimeSpan.FromSeconds(2));
        Assert.True(world.Stopped);
    }

    [Fact]
    public void Forced_deletion_kills_at_once()
    {
        var world = TestPods.Started();
        world.AnswersDrain = false;
        world.Delete(3600);
        world.Vanish();
        world.Pass(TimeSpan.FromMilliseconds(1));
        Assert.True(world.Stopped);
        Assert.Empty(world.Containers);
    }

    [Fact]
    public void Fenced_pod_does_not_run_until_the_fence_is_lifted()
    {
        var world = TestPods.Started();
        world.Fence(true);
        world.Pass(TimeSpan.FromMinutes(2));
        Assert.DoesNotContain(world.Containers, one => one.MayRun);
        world.Fence(false);
        world.Pass(TimeSpan.FromSeconds(11));
        Assert.Equal("Running", world.Phase);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fence_cuts_the_grace_of_a_pod_that_is_being_deleted(bool deletedFirst)
    {
        var world = TestPods.Started();
        world.AnswersDrain = false;
        if (deletedFirst) world.Delete(300);
        world.Fence(true, TimeSpan.FromSeconds(2));
        if (!deletedFirst) world.Delete(300);
        world.Pass(TimeSpan.FromSeconds(3));
        Assert.DoesNotContain(world.Containers, one => one.MayRun);
    }

    [Fact]
    public void Fence_that_is_lifted_gives_a_pod_that_is_being_deleted_no_time_back()
    {
        var world = TestPods.Started();
        world.Delete(300);
        world.Fence(true, TimeSpan.FromSeconds(2));
        world.Fence(false);
        world.Pass(TimeSpan.FromSeconds(3));
        Assert.True(world.Stopped);
    }

    [Fact]
    public void Agent_started_while_cut_off_stops_what_is_fenced_and_removes_nothing_until_it_knows_more()
    {
        var world = TestPods.Started();
        world.RestartCutOff();
        world.Pass(TimeSpan.FromMinutes(1));
        Assert.Contains(world.Containers, one => one.MayRun);

        world.Fence(true, TimeSpan.FromSeconds(2));
        world.Pass(TimeSpan.FromSeconds(3));
        Assert.DoesNotContain(world.Containers, one => one.MayRun);
        Assert.Single(world.Sandboxes);

        world.Desire(TestPods.Json([TestPods.Container("web")]));
        world.Fence(false);
        world.Pass(TimeSpan.FromSeconds(15));
        Assert.Equal(("Running", 1), (world.Phase, (int)world.ContainerStatus("web")["restartCount"]!));
    }

    [Fact]
    public void Pod_over_its_deadline_fails()
    {
        var world = TestPods.Started(spec: new() { ["activeDeadlineSeconds"] = 30 });
        world.Pass(TimeSpan.FromSeconds(29));
        Assert.Equal("Running", world.Phase);
        world.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal("Failed", world.Phase);
        Assert.Equal("DeadlineExceeded", (string?)world.Status["reason"]);
        Assert.DoesNotContain(world.Containers, one => one.MayRun);
    }
}
