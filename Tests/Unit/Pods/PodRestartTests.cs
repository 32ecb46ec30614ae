using System.Text.Json.Nodes;
using Xunit;

namespace Tests.Unit.Pods;

/// <summary>How a pod restarts, waits and ends.</summary>
public sealed class PodRestartTests
{
    [Fact]
    public void Crashing_container_restarts_at_once_then_after_10_20_40_seconds()
    {
        var world = TestPods.Started();
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
        var world = TestPods.Started();
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
        var world = TestPods.Started();
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
        var world = TestPods.Started(spec: new() { ["restartPolicy"] = policy });
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
        var world = TestPods.Started(spec: new() { ["initContainers"] = new JsonArray(TestPods.Container("one"), TestPods.Container("two")) });
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
        var world = TestPods.Started(spec: new() { ["restartPolicy"] = "Never", ["initContainers"] = new JsonArray(TestPods.Container("one")) });
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
        var world = TestPods.Started(spec: new() { ["restartPolicy"] = "Never", ["initContainers"] = new JsonArray(side) });
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
        var world = TestPods.Started(spec: new() { ["restartPolicy"] = "Never" });
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
        var world = TestPods.Started();
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
        var world = TestPods.Started();
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
        var world = new PodWorld(TestPods.Json([TestPods.With("imagePullPolicy", "Never")])) { HasImage = _ => false };
        world.Settle();
        Assert.Equal("ErrImageNeverPull", (string?)world.ContainerStatus("web")["state"]!["waiting"]!["reason"]);
    }
}
