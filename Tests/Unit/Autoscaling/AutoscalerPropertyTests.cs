using System.Globalization;
using ControlPlane.Autoscaling;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Json;
using Tests.Unit.Workloads;
using Xunit;

namespace Tests.Unit.Autoscaling;

/// <summary>Loads that come and go, processes that die, a view that lags: an autoscaler stays within its bounds and policies, and comes to rest at what the load needs.</summary>
public sealed class AutoscalerPropertyTests
{
    private const int Cases = 150;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(15);

    [Fact]
    public void Replicas_stay_within_bounds_and_policies_and_come_to_rest_at_what_the_load_needs()
    {
        for (var seed = 0; seed < Cases; seed++)
        {
            var violation = Violation(seed, (_, plan) => plan);
            Assert.True(violation is null, violation);
        }
    }

    [Fact]
    public void Model_notices_a_change_that_is_made_before_it_is_noted()
    {
        // As if the history were written after the target: a death in between makes the change count for nothing.
        var found = Enumerable.Range(0, Cases).Select(seed => Violation(seed, (self, plan) => plan.Commands.Any(command => command is PatchObject { Patch: ControlPlane.Objects.Patching.FieldPatch })
            ? plan with { Commands = [Straight(self, plan)] }
            : plan)).Any(violation => violation is not null);
        Assert.True(found);
    }

    private static PatchObject Straight(StoredObject self, Plan plan)
    {
        var note = (PatchObject)plan.Commands[0];
        var noted = ScalingHistory.Read(((ControlPlane.Objects.Patching.FieldPatch)note.Patch).Fields.ToJsonObject().Text("metadata", "annotations", ScalingHistory.Annotation));
        return noted.Rescales.Length > AutoscalerState.Of(self).History.Rescales.Length && noted.Rescales[^1] is var change
            ? new PatchObject(Samples.Web, new ReplaceScale(change.To), "scale", note.By)
            : note;
    }

    private static string? Violation(int seed, Func<StoredObject, Plan, Plan> mutant)
    {
        var random = new Random(seed);
        var (min, max, most) = (random.Next(1, 4), random.Next(6, 20), random.Next(1, 4));
        var target = random.Next(30, 120);
        var world = new AutoscalerWorld(string.Create(CultureInfo.InvariantCulture, $$"""
            "minReplicas": {{min}}, "maxReplicas": {{max}}, "metrics": [ { "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": {{target}} } } } ],
            "behavior": { "scaleUp": { "policies": [ { "type": "Pods", "value": {{most}}, "periodSeconds": 60 } ] }, "scaleDown": { "stabilizationWindowSeconds": {{random.Next(0, 200)}} } }
            """), replicas: random.Next(min, max + 1));
        world.World.Mutant = (self, plan) => self.Key == AutoscalerWorld.Scaler ? mutant(self, plan) : plan;
        var grown = new Queue<(DateTimeOffset At, long By)>();
        var before = world.Replicas;
        for (var step = 0; step < 40; step++)
        {
            if (random.Next(6) == 0) world.Load = random.Next(0, max * target * 2);
            for (var turn = random.Next(1, 4); turn > 0; turn--)
            {
                if (random.Next(3) == 0) world.World.ReconcileAndCrash(AutoscalerWorld.Scaler, random.Next(0, 3));
                else world.World.Reconcile(AutoscalerWorld.Scaler);
                if (Check() is { } violation) return violation;
            }
            if (random.Next(3) > 0) world.World.Finish();

            // Who takes over does so before the next look is due; a change counts from when it was decided.
            do
            {
                if (Check() is { } violation) return violation;
            }
            while (world.World.Reconcile(AutoscalerWorld.Scaler).Commands.Length > 0);
            world.World.Pass(Look * random.Next(1, 3));
        }

        world.Load = random.Next(1, max * target);
        world.Run(TimeSpan.FromMinutes(25));
        var settled = world.Replicas;
        world.Run(TimeSpan.FromMinutes(10));
        if (world.Replicas != settled) return $"seed {seed}: never comes to rest";
        var ratio = (double)world.Load / settled / target;
        return ratio <= 1.12 || settled == max ? null : $"seed {seed}: {settled} replicas of at most {max} carry {ratio:P0} of the target";

        string? Check()
        {
            if (world.Replicas < min || world.Replicas > max) return $"seed {seed}: {world.Replicas} replicas of {min} to {max}";
            if (world.Replicas > before) grown.Enqueue((world.World.Now, world.Replicas - before));
            before = world.Replicas;
            while (grown.TryPeek(out var first) && first.At <= world.World.Now - TimeSpan.FromSeconds(60)) grown.Dequeue();

            // What was taken away within the period before a change may come back on top.
            var grew = grown.Sum(change => change.By);
            return grew > most + Removed(world) ? $"seed {seed}: grew by {grew} within a minute, {most} are allowed at {world.World.Now:T}: {world.World.Tree(AutoscalerWorld.Scaler).Text("metadata", "annotations", ScalingHistory.Annotation)}" : null;
        }
    }

    private static long Removed(AutoscalerWorld world) =>
        ScalingHistory.Read(world.World.Tree(AutoscalerWorld.Scaler).Text("metadata", "annotations", ScalingHistory.Annotation)).Changed(TimeSpan.FromSeconds(120), world.World.Now).Removed;
}
