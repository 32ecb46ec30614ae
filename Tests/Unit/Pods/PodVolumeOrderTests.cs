using System.Text.Json.Nodes;
using Xunit;

namespace Tests.Unit.Pods;

/// <summary>The order in which a pod's volumes are made and taken away, around its containers.</summary>
public sealed class PodVolumeOrderTests
{
    private static readonly JsonObject Pod = TestPods.Json([TestPods.Container("web")], new()
    {
        ["volumes"] = new JsonArray(new JsonObject { ["name"] = "scratch", ["emptyDir"] = new JsonObject() }),
    });

    [Fact]
    public void Volumes_are_there_before_containers_and_go_after_them()
    {
        var world = new PodWorld(Pod);
        world.Settle();
        world.Delete(1);
        world.Pass(TimeSpan.FromSeconds(30));
        Assert.True(world.Stopped);
        string[] order = ["volumes-stage: done", "volumes: done", "container c2 runs", "container c2 exits with 137", "sandbox-remove/s1: done", "volumes-unpublish: done", "volumes-unstage: done", "clean-up: done"];
        Assert.Equal(order, world.Log.Where(order.Contains));
    }

    [Fact]
    public void Volume_that_can_not_be_staged_or_published_is_told_and_tried_again_and_nothing_runs_meanwhile()
    {
        var world = new PodWorld(Pod);
        foreach (var key in (string[])["volumes-stage", "volumes"])
        {
            world.StepUntilBusy(key);
            world.Step(key, Fate.Refused);
            Assert.Contains(("FailedMount", "Refused"), world.Events);
            world.Events.Clear();
            world.Settle();
            Assert.Empty(world.Containers);
            world.PassUntilBusy(key);
        }
        world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal("Running", world.Phase);
    }

    [Theory]
    [InlineData("volumes-unpublish")]
    [InlineData("volumes-unstage")]
    public void Volume_that_can_not_be_taken_away_is_told_and_tried_again_before_folders_are_removed(string key)
    {
        var world = new PodWorld(Pod);
        world.Settle();
        world.Vanish();
        world.StepUntilBusy(key);
        world.Step(key, Fate.Refused);
        world.Settle();
        Assert.Contains(("FailedUnmount", "Refused"), world.Events);
        Assert.Equal(0, world.CleanUps);
        Assert.False(world.Stopped);
        world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(1, world.CleanUps);
        Assert.True(world.Stopped);
    }

    [Fact]
    public void Pod_that_comes_back_while_its_volumes_go_gets_them_anew()
    {
        var world = new PodWorld(Pod);
        world.Settle();
        world.Vanish();
        world.StepUntilBusy("volumes-unpublish");
        world.DesireAgain();
        Assert.False(world.State.Busy("volumes-stage"));
        world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal("Running", world.Phase);
        Assert.Contains("volumes-stage: done", world.Log.SkipWhile(line => line != "volumes-unpublish: done"));
    }
}
