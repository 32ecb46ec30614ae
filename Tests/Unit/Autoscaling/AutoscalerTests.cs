using System.Text.Json.Nodes;
using ControlPlane.Autoscaling;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;
using Tests.Unit.Workloads;
using Xunit;

namespace Tests.Unit.Autoscaling;

/// <summary>What an autoscaler does with a Deployment.</summary>
public sealed class AutoscalerTests
{
    private const string Half = """ "minReplicas": 1, "maxReplicas": 10, "metrics": [ { "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 50 } } } ] """;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Load_above_the_target_is_answered_by_as_many_pods_as_carry_it_and_told()
    {
        var world = new AutoscalerWorld(Half) { Load = 300 };
        world.Run(Minute);
        Assert.Equal(6, world.Replicas);
        Assert.Equal("6 6", $"{world.Status["currentReplicas"]} {world.Status["desiredReplicas"]}");
        Assert.Equal("""{"averageUtilization":50,"averageValue":"50m"}""", world.Status["currentMetrics"]![0]!["resource"]!["current"]!.ToJsonString());
        Assert.Equal(["True ReadyForNewScale", "True ValidMetricFound", "False DesiredWithinRange"], Three(world));
        Assert.Equal(
            ["New size: 4; reason: cpu resource utilization (percentage of request) above target", "New size: 6; reason: cpu resource utilization (percentage of request) above target"],
            world.World.Events.Where(note => note.Reason == "SuccessfulRescale").Select(note => note.Message));
        Assert.NotNull(world.Status.Time("lastScaleTime"));
    }

    [Theory]
    [InlineData(110, 2)]
    [InlineData(90, 2)]
    [InlineData(111, 3)]
    public void Load_within_a_tenth_of_the_target_changes_nothing(long load, long expected)
    {
        var world = new AutoscalerWorld(Half) { Load = load };
        world.Run(TimeSpan.FromMinutes(10));
        Assert.Equal(expected, world.Replicas);
    }

    [Fact]
    public void Target_shrinks_when_the_highest_recommendation_of_five_minutes_has_passed()
    {
        var world = new AutoscalerWorld(Half) { Load = 300 };
        world.Run(Minute);
        world.Load = 96;
        world.Run(4 * Minute);
        Assert.Equal(6, world.Replicas);
        Assert.Equal("True ScaleDownStabilized", world.Condition("AbleToScale"));
        world.Run(2 * Minute);
        Assert.Equal(2, world.Replicas);
        Assert.Contains(world.World.Events, note => note.Message == "New size: 2; reason: All metrics below target");
    }

    [Fact]
    public void Bounds_hold_and_are_named()
    {
        var world = new AutoscalerWorld(Half) { Load = 5000 };
        world.Run(5 * Minute);
        Assert.Equal(10, world.Replicas);
        Assert.Equal("True TooManyReplicas", world.Condition("ScalingLimited"));
        world.World.Patch(AutoscalerWorld.Scaler, """{ "spec": { "maxReplicas": 8 } }""");
        world.World.Finish();
        Assert.Equal(8, world.Replicas);
        world.World.Patch(Samples.Web, """{ "spec": { "replicas": 0 } }""");
        world.Run(5 * Minute);
        Assert.Equal(0, world.Replicas);
        Assert.Equal("False ScalingDisabled", world.Condition("ScalingActive"));
    }

    [Fact]
    public void Policies_hold_a_change_back_and_a_disabled_direction_stands_still()
    {
        var world = new AutoscalerWorld(Half + """, "behavior": { "scaleUp": { "policies": [ { "type": "Pods", "value": 1, "periodSeconds": 60 } ] }, "scaleDown": { "selectPolicy": "Disabled" } } """) { Load = 400 };
        world.Run(Minute);
        Assert.InRange(world.Replicas, 3, 4);
        Assert.Equal("True ScaleUpLimit", world.Condition("ScalingLimited"));
        world.Run(10 * Minute);
        Assert.Equal(8, world.Replicas);
        world.Load = 10;
        world.Run(20 * Minute);
        Assert.Equal(8, world.Replicas);
    }

    [Fact]
    public void Pods_without_metrics_never_make_a_change_larger()
    {
        // Four pods, one of them silent: with it the three others' load says 4, and down it would go only if the silent one used its whole request.
        var world = new AutoscalerWorld(Half, replicas: 4) { Load = 120 };
        world.Silent.Add(world.World.ActivePods.First().Key.Name);
        world.Run(10 * Minute);
        Assert.Equal(4, world.Replicas);
        world.Silent.Clear();
        world.Run(10 * Minute);
        Assert.Equal(3, world.Replicas);
    }

    [Fact]
    public void What_cannot_be_computed_is_a_condition_and_changes_nothing()
    {
        var world = new AutoscalerWorld(Half, requests: false) { Load = 1000 };
        world.Run(5 * Minute);
        Assert.Equal(2, world.Replicas);
        Assert.Equal("False FailedGetResourceMetric", world.Condition("ScalingActive"));
        var told = Assert.Single(world.World.Events, note => note.Reason == "FailedGetResourceMetric");
        Assert.Contains("missing request for cpu in container c", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Target_that_is_not_there_or_belongs_to_two_is_left_alone()
    {
        var world = new AutoscalerWorld(Half) { Load = 1000 };
        world.World.Create(JsonNode.Parse($$"""
            { "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": "other", "namespace": "default" },
              "spec": { "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" }, {{Half}} } }
            """)!.AsObject());
        world.Run(Minute);
        Assert.Equal(2, world.Replicas);
        Assert.Equal("False AmbiguousSelector", world.Condition("ScalingActive"));
        world.World.Delete(AutoscalerWorld.Scaler with { Name = "other" });
        world.World.Patch(AutoscalerWorld.Scaler, """{ "spec": { "scaleTargetRef": { "name": "gone" } } }""");
        world.Run(Minute);
        Assert.Equal("False FailedGetScale", world.Condition("AbleToScale"));
        Assert.Equal("deployments.apps \"gone\" not found", Assert.Single(world.World.Events, note => note.Reason == "FailedGetScale").Message);
    }

    [Fact]
    public void Other_metrics_count_by_their_own_rules_and_the_highest_wins()
    {
        const string Three = """
             "minReplicas": 1, "maxReplicas": 10, "metrics": [
               { "type": "Pods", "pods": { "metric": { "name": "requests" }, "target": { "type": "AverageValue", "averageValue": "10" } } },
               { "type": "Object", "object": { "metric": { "name": "queue" }, "describedObject": { "apiVersion": "v1", "kind": "Service", "name": "web" }, "target": { "type": "Value", "value": "30" } } },
               { "type": "External", "external": { "metric": { "name": "lag" }, "target": { "type": "AverageValue", "averageValue": "40" } } } ]
            """;
        var world = new AutoscalerWorld(Three);
        world.Run(Minute);
        Assert.Equal("False FailedGetPodsMetric", world.Condition("ScalingActive"));
        world.Custom = 15_000;
        world.World.Pass(TimeSpan.FromSeconds(15));
        world.World.Reconcile(AutoscalerWorld.Scaler);
        world.World.Reconcile(AutoscalerWorld.Scaler);
        Assert.Equal(3, world.Replicas);
        world.Run(Minute);
        Assert.Equal(["pods", "object", "external"], world.Status.Objects("currentMetrics").Select(metric => metric.Select(member => member.Key).First(member => member != "type")));
    }

    [Fact]
    public void Change_that_was_decided_is_made_once_however_often_the_process_dies()
    {
        var world = new AutoscalerWorld(Half) { Load = 160 };
        var scaled = new List<long>();
        world.World.Heard = (command, _) =>
        {
            if (command is PatchObject { Patch: ReplaceScale scale }) scaled.Add(scale.Replicas);
        };
        for (var i = 0; i < 5; i++) world.World.ReconcileAndCrash(AutoscalerWorld.Scaler, commands: i % 2);
        world.Run(Minute);
        Assert.Equal(4, world.Replicas);
        Assert.Single(scaled.Distinct());
        Assert.Single(ScalingHistory.Read(world.World.Tree(AutoscalerWorld.Scaler).Text("metadata", "annotations", ScalingHistory.Annotation)).Rescales);
    }

    [Fact]
    public void Refused_change_is_told_and_tried_again()
    {
        var world = new AutoscalerWorld(Half) { Load = 200 };
        world.World.Refuse = command => command is PatchObject { Patch: ReplaceScale } ? ApiStatus.Forbidden("too much") : null;
        for (var i = 0; i < 3; i++) world.World.Reconcile(AutoscalerWorld.Scaler);
        Assert.Equal("False FailedUpdateScale", world.Condition("AbleToScale"));
        world.World.Refuse = _ => null;
        world.Run(Minute);
        Assert.Equal(4, world.Replicas);
    }

    [Fact]
    public void Quiet_autoscaler_writes_nothing()
    {
        var world = new AutoscalerWorld(Half) { Load = 100 };
        world.Run(Minute);
        var before = world.World.Get(AutoscalerWorld.Scaler).Revision;
        world.Run(10 * Minute);
        Assert.Equal(before, world.World.Get(AutoscalerWorld.Scaler).Revision);
    }

    [Fact]
    public void Idle_target_goes_to_zero_and_the_next_request_brings_it_back()
    {
        var world = new AutoscalerWorld(Half.Replace("\"minReplicas\": 1", "\"minReplicas\": 0", StringComparison.Ordinal), replicas: 3, annotations: """{ "autoscaling.actors.io/scale-to-zero-after": "30m" }""") { Load = 3 };
        world.Run(15 * Minute);
        Assert.Equal(1, world.Replicas);
        world.Run(10 * Minute);
        Assert.Equal(0, world.Replicas);
        Assert.Equal("True ScaledToZero", world.Condition("ScalingActive"));
        world.World.Pass(60 * Minute);
        world.World.Finish();
        Assert.Equal(0, world.Replicas);
        world.World.Patch(AutoscalerWorld.Scaler, FieldPatch.Annotations(KeyValuePair.Create(IdleRule.LastRequest, Rfc3339.Write(world.World.Now))));
        world.World.Settle();
        Assert.Equal(1, world.Replicas);
        world.Load = 200;
        world.Run(Minute);
        Assert.Equal(4, world.Replicas);
    }

    [Theory]
    [InlineData("""{ "spec": { "minReplicas": 0 } }""", "scale-to-zero-after")]
    [InlineData("""{ "spec": { "minReplicas": 11 } }""", "spec.maxReplicas")]
    [InlineData("""{ "spec": { "metrics": [ { "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization" } } } ] } }""", "spec.metrics[0].resource.target.averageUtilization")]
    [InlineData("""{ "spec": { "metrics": [ { "type": "Strange" } ] } }""", "spec.metrics[0].type")]
    [InlineData("""{ "spec": { "behavior": { "scaleUp": { "policies": [ { "type": "Pods", "value": 0, "periodSeconds": 2000 } ] } } } }""", "spec.behavior.scaleUp.policies[0].periodSeconds")]
    [InlineData("""{ "metadata": { "annotations": { "autoscaling.actors.io/scale-to-zero-after": "soon" } } }""", "metadata.annotations[autoscaling.actors.io/scale-to-zero-after]")]
    public void What_means_nothing_is_refused_with_the_field(string patch, string named)
    {
        var world = new AutoscalerWorld(Half);
        var answer = world.World.Send(new PatchObject(AutoscalerWorld.Scaler, new FieldPatch(JsonNode.Parse(patch)!.AsObject()), "", new("user", "kubectl", [])));
        var refusal = Assert.IsType<ObjectRejected>(answer);
        Assert.Contains(named, string.Join(' ', refusal.Status.Causes.Select(cause => $"{cause.Field} {cause.Message}")), StringComparison.Ordinal);
    }

    private static IEnumerable<string?> Three(AutoscalerWorld world) => new[] { "AbleToScale", "ScalingActive", "ScalingLimited" }.Select(world.Condition);
}
