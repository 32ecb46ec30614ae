using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NodeActor.Pods.Machine;
using NodeActor.Probes;
using Shared.Api;
using Shared.Protocol;
using Xunit;

namespace Tests.Unit.Pods;

public sealed class PodMachineTests
{
    private static PodWorld Started(JsonObject? container = null, JsonObject? spec = null)
    {
        var world = new PodWorld(TestPods.Json([container ?? TestPods.Container("web")], spec));
        world.Settle();
        return world;
    }

    private static JsonObject With(string name, JsonNode value)
    {
        var container = TestPods.Container("web");
        container[name] = value;
        return container;
    }

    [Fact]
    public void Pod_starts_and_is_ready_with_its_address()
    {
        var world = Started();
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
        var world = Started();
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
        var world = Started();
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
        var world = Started();
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
    public void Crashing_container_restarts_at_once_then_after_10_20_40_seconds()
    {
        var world = Started();
        foreach (var (restart, wait) in new[] { (1, 0), (2, 10), (3, 20), (4, 40) })
        {
            world.Exit("web", 1);
            world.Settle();
            if (wait > 0)
            {
                Assert.Equal("CrashLoopBackOff", (string?)world.ContainerStatus("web")["state"]!["waiting"]!["reason"]);
                Assert.Equal(1, (int)world.ContainerStatus("web")["lastState"]!["terminated"]!["exitCode"]!);
                world.Pass(TimeSpan.FromSeconds(wait - 1));
                Assert.Equal(restart - 1, world.Latest("web")!.Attempt);
            }
            world.Pass(TimeSpan.FromSeconds(1));
            Assert.Equal(restart, world.Latest("web")!.Attempt);
            Assert.Equal(restart, (int)world.ContainerStatus("web")["restartCount"]!);
        }
        Assert.Contains(world.Events, one => one.Reason == "BackOff" && one.Message.StartsWith("Back-off restarting failed container web in pod web_default(", StringComparison.Ordinal));
    }

    [Fact]
    public void Long_run_forgives_the_crashes_before()
    {
        var world = Started();
        for (var crash = 0; crash < 4; crash++)
        {
            world.Exit("web", 1);
            world.Pass(TimeSpan.FromMinutes(2));
        }
        world.Pass(TimeSpan.FromMinutes(11));
        world.Exit("web", 1);
        world.Settle();
        Assert.Equal(5, world.Latest("web")!.Attempt);
    }

    [Fact]
    public void Back_off_goes_on_after_the_agent_restarts()
    {
        var world = Started();
        world.Exit("web", 1);
        world.Settle();
        world.Exit("web", 1);
        world.Settle();
        world.KillAgent(callsStillHappen: false);
        world.Pass(TimeSpan.FromSeconds(8));
        Assert.Equal(1, world.Latest("web")!.Attempt);
        world.Pass(TimeSpan.FromSeconds(3));
        Assert.Equal(2, world.Latest("web")!.Attempt);
    }

    [Theory]
    [InlineData("Never", 0, "Succeeded")]
    [InlineData("Never", 1, "Failed")]
    [InlineData("OnFailure", 0, "Succeeded")]
    public void Pod_that_may_not_restart_ends_in_a_phase(string policy, int code, string phase)
    {
        var world = Started(spec: new() { ["restartPolicy"] = policy });
        world.Exit("web", code);
        world.Settle();
        Assert.Equal(phase, world.Phase);
        Assert.DoesNotContain(world.Sandboxes, one => one.Ready);
        world.KillAgent(callsStillHappen: false);
        world.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(phase, world.Phase);
        Assert.Single(world.Containers);
        Assert.Equal("10.1.0.2", (string?)world.Status["podIP"]);
    }

    [Fact]
    public void Init_containers_run_one_after_the_other_before_the_main_ones()
    {
        var world = Started(spec: new() { ["initContainers"] = new JsonArray(TestPods.Container("one"), TestPods.Container("two")) });
        Assert.Equal(["one"], world.Containers.Select(one => one.Name));
        Assert.Equal("Pending", world.Phase);
        Assert.Equal("PodInitializing", (string?)world.ContainerStatus("web")["state"]!["waiting"]!["reason"]);
        world.Exit("one", 0);
        world.Settle();
        Assert.NotNull(world.Latest("two"));
        Assert.Null(world.Latest("web"));
        world.Exit("two", 0);
        world.Settle();
        Assert.Equal("Running", world.Phase);
        Assert.Equal("True", world.Condition("Initialized"));
    }

    [Fact]
    public void Failed_init_container_fails_a_pod_that_never_restarts()
    {
        var world = Started(spec: new() { ["restartPolicy"] = "Never", ["initContainers"] = new JsonArray(TestPods.Container("one")) });
        world.Exit("one", 1);
        world.Settle();
        Assert.Equal("Failed", world.Phase);
        Assert.Null(world.Latest("web"));
    }

    [Fact]
    public void Sidecar_runs_beside_the_main_containers_and_ends_after_them()
    {
        var side = TestPods.Container("side");
        side["restartPolicy"] = "Always";
        var world = Started(spec: new() { ["restartPolicy"] = "Never", ["initContainers"] = new JsonArray(side) });
        Assert.Equal(["side", "web"], world.Containers.Where(one => one.MayRun).Select(one => one.Name));
        world.Exit("web", 0);
        world.Settle();
        Assert.Equal("Running", world.Phase);
        world.Pass(TimeSpan.FromSeconds(6));
        Assert.Equal("Succeeded", world.Phase);
    }

    [Fact]
    public void Lost_container_of_a_pod_that_never_restarts_counts_as_failed()
    {
        var world = Started(spec: new() { ["restartPolicy"] = "Never" });
        world.Containers.Clear();
        world.Sandboxes.Clear();
        world.KillAgent(callsStillHappen: false);
        world.Settle();
        Assert.Equal("Failed", world.Phase);
        Assert.Equal("ContainerStatusUnknown", (string?)world.ContainerStatus("web")["state"]!["terminated"]!["reason"]);
    }

    [Fact]
    public void Pod_whose_containers_a_reboot_took_starts_anew_with_the_next_count()
    {
        var world = Started();
        world.Containers.Clear();
        world.Sandboxes.Clear();
        world.KillAgent(callsStillHappen: false);
        world.Pass(TimeSpan.FromSeconds(11));
        Assert.Equal("Running", world.Phase);
        Assert.Equal(1, (int)world.ContainerStatus("web")["restartCount"]!);
    }

    [Fact]
    public void Dead_sandbox_is_replaced_and_the_containers_with_it()
    {
        var world = Started();
        world.KillSandbox();
        world.Pass(TimeSpan.FromSeconds(20));
        Assert.Equal("Running", world.Phase);
        Assert.Equal(1, world.Sandboxes.Single(one => one.Ready).Attempt);
        Assert.Equal(1, world.Latest("web")!.Attempt);
        Assert.Contains(world.Events, one => one.Reason == "SandboxChanged");
    }

    [Fact]
    public void Missing_image_backs_off_and_is_tried_again()
    {
        var world = new PodWorld(TestPods.Json([TestPods.Container("web")])) { HasImage = _ => false };
        world.Settle();
        Assert.Equal("ErrImagePull", (string?)world.ContainerStatus("web")["state"]!["waiting"]!["reason"]);
        world.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal("ImagePullBackOff", (string?)world.ContainerStatus("web")["state"]!["waiting"]!["reason"]);
        world.HasImage = _ => true;
        world.Pass(TimeSpan.FromSeconds(9));
        Assert.Equal("Running", world.Phase);
    }

    [Fact]
    public void Image_that_may_not_be_pulled_says_so()
    {
        var world = new PodWorld(TestPods.Json([With("imagePullPolicy", "Never")])) { HasImage = _ => false };
        world.Settle();
        Assert.Equal("ErrImageNeverPull", (string?)world.ContainerStatus("web")["state"]!["waiting"]!["reason"]);
    }

    [Fact]
    public void Pod_is_ready_only_after_its_readiness_probe_and_not_after_it_fails()
    {
        var ready = false;
        var world = new PodWorld(TestPods.Json([With("readinessProbe", new JsonObject { ["exec"] = new JsonObject(), ["periodSeconds"] = 1, ["failureThreshold"] = 2 })]))
        {
            Probe = (_, _) => ready,
        };
        world.Pass(TimeSpan.FromMilliseconds(50));
        Assert.Equal("Running", world.Phase);
        Assert.Equal("False", world.Condition("Ready"));
        ready = true;
        world.Pass(TimeSpan.FromMilliseconds(300));
        Assert.Equal("True", world.Condition("Ready"));
        ready = false;
        world.Pass(TimeSpan.FromSeconds(3));
        Assert.Equal("False", world.Condition("Ready"));
        Assert.Equal(0, (int)world.ContainerStatus("web")["restartCount"]!);
        Assert.Contains(world.Events, one => one is { Reason: "Unhealthy", Message: "Readiness probe failed: said so" });
    }

    [Fact]
    public void Failing_liveness_probe_kills_with_the_grace_and_restarts()
    {
        var alive = true;
        var world = new PodWorld(TestPods.Json([With("livenessProbe", new JsonObject { ["exec"] = new JsonObject(), ["periodSeconds"] = 1, ["failureThreshold"] = 3 })]))
        {
            Probe = (_, _) => alive,
        };
        world.Pass(TimeSpan.FromSeconds(2));
        alive = false;
        world.Pass(TimeSpan.FromSeconds(4));
        Assert.Equal(world.Latest("web")!.Id, Assert.Single(world.Stops).Id);
        alive = true;
        world.Pass(TimeSpan.FromSeconds(6));
        Assert.Equal(1, world.Latest("web")!.Attempt);
        Assert.Equal("True", world.Condition("Ready"));
    }

    [Fact]
    public void Liveness_probe_waits_for_the_startup_probe()
    {
        var asked = new List<ProbeKind>();
        var world = new PodWorld(TestPods.Json([With("startupProbe", new JsonObject { ["exec"] = new JsonObject(), ["periodSeconds"] = 1, ["failureThreshold"] = 100 })]))
        {
            Probe = (_, kind) =>
            {
                asked.Add(kind);
                return asked.Count > 10;
            },
        };
        var container = With("startupProbe", new JsonObject { ["exec"] = new JsonObject(), ["periodSeconds"] = 1, ["failureThreshold"] = 100 });
        container["livenessProbe"] = new JsonObject { ["exec"] = new JsonObject(), ["periodSeconds"] = 1 };
        world.Desire(TestPods.Json([container]));
        world.Pass(TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(ProbeKind.Liveness, asked);
        Assert.False((bool)world.ContainerStatus("web")["started"]!);
        world.Pass(TimeSpan.FromSeconds(20));
        Assert.Contains(ProbeKind.Liveness, asked);
        Assert.True((bool)world.ContainerStatus("web")["started"]!);
    }

    [Fact]
    public void Deleted_ready_pod_is_drained_before_TERM()
    {
        var world = Started();
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
        var world = new PodWorld(TestPods.Json([With("readinessProbe", new JsonObject { ["exec"] = new JsonObject() })])) { Probe = (_, _) => false };
        world.Settle();
        world.Delete(5);
        Assert.False(world.DrainAsked);
        Assert.Single(world.Stops);
    }

    [Fact]
    public void Shorter_grace_hurries_a_stop_under_way()
    {
        var world = Started();
        world.Delete(3600);
        Assert.Single(world.Stops);
        world.Delete(1);
        world.Pass(TimeSpan.FromSeconds(2));
        Assert.True(world.Stopped);
    }

    [Fact]
    public void Forced_deletion_kills_at_once()
    {
        var world = Started();
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
        var world = Started();
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
        var world = Started();
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
        var world = Started();
        world.Delete(300);
        world.Fence(true, TimeSpan.FromSeconds(2));
        world.Fence(false);
        world.Pass(TimeSpan.FromSeconds(3));
        Assert.True(world.Stopped);
    }

    [Fact]
    public void Agent_started_while_cut_off_stops_what_is_fenced_and_removes_nothing_until_it_knows_more()
    {
        var world = Started();
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
        var world = Started(spec: new() { ["activeDeadlineSeconds"] = 30 });
        world.Pass(TimeSpan.FromSeconds(29));
        Assert.Equal("Running", world.Phase);
        world.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal("Failed", world.Phase);
        Assert.Equal("DeadlineExceeded", (string?)world.Status["reason"]);
        Assert.DoesNotContain(world.Containers, one => one.MayRun);
    }

    [Fact]
    public void Container_whose_image_changed_is_replaced()
    {
        var world = Started();
        world.Desire(TestPods.Json([With("image", "demo/web:v2")]));
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
        var world = Started();
        var told = world.State.Told;
        world.Relist();
        world.Pass(TimeSpan.FromMinutes(5));
        Assert.Same(told, world.State.Told);
    }

    [Fact]
    public void Adopted_pod_stays_ready_and_keeps_its_containers()
    {
        var world = Started(With("readinessProbe", new JsonObject { ["exec"] = new JsonObject() }));
        var id = world.Latest("web")!.Id;
        Assert.Equal("True", world.Condition("Ready"));
        world.Probe = (_, _) => throw new InvalidOperationException("not yet");
        world.KillAgent(callsStillHappen: false);
        world.Step(0);
        Assert.Equal(id, world.Latest("web")!.Id);
        Assert.Equal("True", world.Condition("Ready"));
    }
}
