using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NodeActor.Pods.Machine;
using NodeActor.Runtime;
using Shared.Api;
using Shared.Protocol;
using Xunit;

namespace Tests.Unit.Pods;

public sealed class PodMachineTests
{
    private static readonly Moment Start = new(TimeSpan.Zero, new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

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
        var settled = Writings(world);
        world.Desire(pod);
        world.Settle();
        Assert.Equal(settled, Writings(world));
        foreach (var member in (string[])["labels", "annotations"])
        {
            pod = (JsonObject)pod.DeepClone();
            pod["metadata"]![member] = new JsonObject { ["tier"] = "front" };
            world.Desire(pod);
            world.Settle();
            Assert.Equal(++settled, Writings(world));
        }
    }

    [Fact]
    public void Object_in_a_volume_that_changes_goes_or_comes_is_shown_without_time_passing()
    {
        var key = new ObjectKey("", "configmaps", "default", "settings");
        var world = TestPods.Started(spec: Showing("settings"));
        foreach (var json in (byte[]?[])["{}"u8.ToArray(), """{"data":{}}"""u8.ToArray(), null, "{}"u8.ToArray()])
        {
            var before = Writings(world);
            world.Has(key, json);
            world.Settle();
            Assert.Equal((before + 1, json is null), (Writings(world), world.State.Objects[key].Json is null));
            world.Has(key, json);
            world.Settle();
            Assert.Equal(before + 1, Writings(world));
        }
    }

    [Fact]
    public void Object_in_an_environment_does_not_touch_the_volumes()
    {
        var key = new ObjectKey("", "secrets", "default", "word");
        var world = TestPods.Started(TestPods.With("envFrom", new JsonArray(new JsonObject { ["secretRef"] = new JsonObject { ["name"] = "word" } })), Showing("settings"));
        var before = Writings(world);
        world.Has(key, "{}"u8.ToArray());
        world.Settle();
        Assert.Equal(before, Writings(world));
    }

    [Fact]
    public void Nothing_starts_before_it_is_known_what_there_is_of_what_it_uses()
    {
        var pod = TestPods.Parse(TestPods.Json([TestPods.Container("web")], Showing("settings")));
        var state = PodMachine.Apply(new(TestPods.Key, TestPods.Uid), new DesiredChanged(pod), Start).State;
        state = PodMachine.Apply(PodMachine.Decide(state, Start).State, new PodObserved("observe", RuntimePod.Empty), Start).State;
        Assert.DoesNotContain(PodMachine.Decide(state, Start).Actions, action => action is PublishVolumes or StageVolumes or RunSandbox);
        var known = new ObjectsKnown(pod.References.All.ToImmutableDictionary(key => key, _ => new HeldObject(default(ReadOnlyMemory<byte>?))));
        Assert.Contains(PodMachine.Decide(PodMachine.Apply(state, known, Start).State, Start).Actions, action => action is StageVolumes);
    }

    private static int Writings(PodWorld world) => world.Log.Count(line => line == "volumes: done");

    private static JsonObject Showing(string configMap) => new()
    {
        ["volumes"] = new JsonArray(new JsonObject { ["name"] = "settings", ["configMap"] = new JsonObject { ["name"] = configMap, ["optional"] = true } }),
    };

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
        var state = PodMachine.Apply(new PodState(TestPods.Key, TestPods.Uid), new HostProfileChanged(["10.0.0.1"], ImmutableDictionary<string, string>.Empty), Start).State;
        Assert.Empty(PodMachine.Decide(state, Start).Actions);
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
