using System.Text.Json.Nodes;
using NodeActor.Probes;
using Xunit;

namespace Tests.Unit.Pods;

/// <summary>What probes do to a pod.</summary>
public sealed class PodProbeTests
{
    [Fact]
    public void Pod_is_ready_only_after_its_readiness_probe_and_not_after_it_fails()
    {
        var ready = false;
        var world = new PodWorld(TestPods.Json([TestPods.With("readinessProbe", new JsonObject { ["exec"] = new JsonObject(), ["periodSeconds"] = 1, ["failureThreshold"] = 2 })]))
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
        var world = new PodWorld(TestPods.Json([TestPods.With("livenessProbe", new JsonObject { ["exec"] = new JsonObject(), ["periodSeconds"] = 1, ["failureThreshold"] = 3 })]))
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
        var world = new PodWorld(TestPods.Json([TestPods.With("startupProbe", new JsonObject { ["exec"] = new JsonObject(), ["periodSeconds"] = 1, ["failureThreshold"] = 100 })]))
        {
            Probe = (_, kind) =>
            {
                asked.Add(kind);
                return asked.Count > 10;
            },
        };
        var container = TestPods.With("startupProbe", new JsonObject { ["exec"] = new JsonObject(), ["periodSeconds"] = 1, ["failureThreshold"] = 100 });
        container["livenessProbe"] = new JsonObject { ["exec"] = new JsonObject(), ["periodSeconds"] = 1 };
        world.Desire(TestPods.Json([container]));
        world.Pass(TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(ProbeKind.Liveness, asked);
        Assert.False((bool)world.ContainerStatus("web")["started"]!);
        world.Pass(TimeSpan.FromSeconds(20));
        Assert.Contains(ProbeKind.Liveness, asked);
        Assert.True((bool)world.ContainerStatus("web")["started"]!);
    }
}
