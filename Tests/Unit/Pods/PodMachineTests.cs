using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NodeActor.Pods.Machine;
using Shared.Api;
using Shared.Protocol;
using Xunit;

namespace Tests.Unit.Pods;

public sealed class PodMachineTests
{
    [Fact]
    public void Pod_starts_and_is_ready_with_its_address()
    {
        var world = TestPods.Started();
        Assert.Equal("Running", world.Phase);
        Assert.Equal("10.1.0.2", (string?)world.Status["podIP"]);
        Assert.Equal("10.0.0.1", (string?)world.Status["hostIP"]);
        Assert.All(new[] { "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready" }, type => Assert.Equal("True", world.Condition(type)));
    }

    [Fact]
    public void Only_what_a_node_answers_for_is_reported()
    {
        var status = new JsonObject
        {
            ["qosClass"] = "BestEffort",
            ["nominatedNodeName"] = "node-2",
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = "PodScheduled", ["status"] = "True" }, new JsonObject { ["type"] = "example.com/gate", ["status"] = "False" }),
        };
        var world = new PodWorld(TestPods.Json([TestPods.Container("web")], status: status));
        world.Settle();
        Assert.Equal(PodStatusOwnership.Conditions.Order(), world.Status["conditions"]!.AsArray().Select(one => (string)one!["type"]!).Order());
        Assert.Empty(world.Status.AsObject().Select(one => one.Key).Except([.. PodStatusOwnership.Members, "conditions"]));
    }

    [Fact]
    public void Pod_that_vanished_and_is_desired_again_runs_again()
    {
        var world = TestPods.Started();
        world.Vanish();
        world.Pass(TimeSpan.FromSeconds(10));
        Assert.True(world.Stopped);
        Assert.Empty(world.Containers);
        world.DesireAgain();
        world.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal("Running", world.Phase);
        Assert.True(Assert.Single(world.Containers).MayRun);
        Assert.Equal("True", world.Condition("Ready"));
    }

    [Fact]
    public void Pod_that_is_desired_again_while_its_folders_are_removed_gets_new_ones_afterwards()
    {
        var world = TestPods.Started();
        world.Vanish();
        for (var steps = 0; !world.State.Busy("clean-up"); steps++)
        {
            Assert.True(steps < 50, string.Join('\n', world.Log));
            world.Step(0);
        }
        world.DesireAgain();
        Assert.False(world.State.Busy("volumes"));
        world.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal("Running", world.Phase);
        Assert.Contains("volumes: done", world.Log.SkipWhile(line => line != "clean-up: done"));
    }

    [Fact]
    public void Changed_labels_and_annotations_are_written_to_the_volumes_again_and_a_changed_status_is_not()
    {
        var pod = TestPods.Json([TestPods.Container("web")]);
        var world = new PodWorld(pod);
        world.Settle();
        var settled = Writings();
        world.Desire(pod);
        world.Settle();
        Assert.Equal(settled, Writings());
        foreach (var member in (string[])["labels", "annotations"])
        {
            pod = (JsonObject)pod.DeepClone();
            pod["metadata"]![member] = new JsonObject { ["tier"] = "front" };
            world.Desire(pod);
            world.Settle();
            Assert.Equal(++settled, Writings());
        }

        int Writings() => world.Log.Count(line => line == "volumes: done");
    }

    [Fact]
    public void Object_that_goes_leaves_the_volumes_and_one_that_comes_again_is_back()
    {
        var key = new ObjectKey("", "configmaps", "default", "settings");
        var world = new PodWorld(TestPods.Json([TestPods.Container("web")], new()
        {
            ["volumes"] = new JsonArray(new JsonObject { ["name"] = "settings", ["configMap"] = new JsonObject { ["name"] = "settings", ["optional"] = true } }),
        })) { Objects = { [key] = "{}"u8.ToArray() } };
        world.Pass(TimeSpan.FromSeconds(5));
        Assert.NotNull(world.State.Objects[key].Json);
        world.Objects.Remove(key);
        var settled = world.Log.Count(line => line == "volumes: done");
        world.Pass(TimeSpan.FromSeconds(61));
        Assert.Null(world.State.Objects[key].Json);
        Assert.Equal(settled + 1, world.Log.Count(line => line == "volumes: done"));
        world.Objects[key] = "{}"u8.ToArray();
        world.Pass(TimeSpan.FromSeconds(3));
        Assert.NotNull(world.State.Objects[key].Json);
    }

    [Fact]
    public void Folders_that_can_not_be_removed_are_reported_and_tried_again_ever_less_often()
    {
        var world = TestPods.Started();
        world.HoldsFolders = "/x is still mounted";
        world.Delete(1);
        world.Pass(TimeSpan.FromSeconds(60));
        Assert.False(world.Stopped);
        Assert.InRange(world.CleanUps, 4, 12);
        Assert.Contains(("FailedCleanUp", "The pod's folders can not be removed: /x is still mounted"), world.Events);
        world.HoldsFolders = null;
        world.Pass(TimeSpan.FromSeconds(15));
        Assert.True(world.Stopped);
    }

    [Fact]
    public void Container_whose_image_changed_is_replaced()
    {
        var world = TestPods.Started();
        world.Desire(TestPods.Json([TestPods.With("image", "demo/web:v2")]));
        world.Pass(TimeSpan.FromSeconds(6));
        Assert.Equal("demo/web:v2", world.Latest("web")!.Image);
        Assert.Single(world.Containers, one => one.MayRun);
        Assert.Equal(1, (int)world.ContainerStatus("web")["restartCount"]!);
    }

    [Fact]
    public void Pod_that_is_not_told_of_yet_is_left_alone()
    {
        var state = PodMachine.Apply(new PodState(TestPods.Key, TestPods.Uid), new HostProfileChanged(["10.0.0.1"], ImmutableDictionary<string, string>.Empty), DateTimeOffset.UnixEpoch).State;
        Assert.Empty(PodMachine.Decide(state, DateTimeOffset.UnixEpoch).Actions);
    }

    [Fact]
    public void Status_is_told_only_when_it_changes()
    {
        var world = TestPods.Started();
        var told = world.State.Told;
        world.Relist();
        world.Pass(TimeSpan.FromMinutes(5));
        Assert.Same(told, world.State.Told);
    }

    [Fact]
    public void Adopted_pod_stays_ready_and_keeps_its_containers()
    {
        var world = TestPods.Started(TestPods.With("readinessProbe", new JsonObject { ["exec"] = new JsonObject() }));
        var id = world.Latest("web")!.Id;
        Assert.Equal("True", world.Condition("Ready"));
        world.Probe = (_, _) => throw new InvalidOperationException("not yet");
        world.KillAgent(callsStillHappen: false);
        world.Step("observe");
        world.Step("observe");
        Assert.Equal(id, world.Latest("web")!.Id);
        Assert.Equal("True", world.Condition("Ready"));
    }

}
