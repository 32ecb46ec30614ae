using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Autoscaling;

/// <summary>How HorizontalPodAutoscalers are written, in their stored version autoscaling/v2.</summary>
public sealed class HorizontalPodAutoscalerStrategy : KindStrategy
{
    private const long Utilization = 80;
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject { ["desiredReplicas"] = 0L };

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        spec.Default("minReplicas", 1);
        if (spec.Child("behavior") is { } behavior) DefaultBehaviour(behavior);
        if (spec.HasElements("metrics")) return;
        spec["metrics"] = new JsonArray(new JsonObject
        {
            ["type"] = "Resource",
            ["resource"] = new JsonObject { ["name"] = "cpu", ["target"] = new JsonObject { ["type"] = nameof(Utilization), ["averageUtilization"] = Utilization } },
        });
    }

    // Where a behaviour is given, all of it is: what each direction leaves open has Kubernetes' values.
    private static void DefaultBehaviour(JsonObject behavior)
    {
        var (up, down) = (behavior.DefaultChild("scaleUp"), behavior.DefaultChild("scaleDown"));
        up.Default("stabilizationWindowSeconds", 0);
        up.Default("selectPolicy", "Max");
        if (!up.Has("policies")) up["policies"] = new JsonArray(Policy("Pods", 4), Policy("Percent", 100));
        down.Default("selectPolicy", "Max");
        if (!down.Has("policies")) down["policies"] = new JsonArray(Policy("Percent", 100));
    }

    private static JsonObject Policy(string type, long value) => new() { ["type"] = type, ["value"] = value, ["periodSeconds"] = 15L };

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        var (target, at) = (spec.Child("scaleTargetRef"), Spec.Child("scaleTargetRef"));
        FieldRules.Named(target, "kind", at, errors, NameSyntax.PathSegment);
        FieldRules.Named(target, "name", at, errors, NameSyntax.PathSegment);
        var (least, most) = (spec.Number("minReplicas") ?? 1, spec.Number("maxReplicas") ?? 0);
        if (least < 0) errors.Invalid(Spec.Child("minReplicas"), least, "must be greater than or equal to 0");
        else if (least == 0 && !CanWake(@object))
        {
            errors.Forbidden(Spec.Child("metrics"), $"must specify at least one Object or External metric, or the annotation {IdleRule.After}, to support scaling to zero replicas");
        }
        if (most < 1) errors.Invalid(Spec.Child("maxReplicas"), most, "must be greater than 0");
        else if (most < least) errors.Invalid(Spec.Child("maxReplicas"), most, "must be greater than or equal to `minReplicas`");
        HorizontalPodAutoscalerRules.Metrics(spec.List("metrics"), Spec.Child("metrics"), errors);
        foreach (var direction in (ReadOnlySpan<string>)["scaleUp", "scaleDown"])
        {
            HorizontalPodAutoscalerRules.Behaviour(spec.Child("behavior", direction), Spec.Child("behavior").Child(direction), errors);
        }
        IdleRule.Validate(@object.Metadata().TextMap("annotations"), errors);
    }

    // Of a target without pods nothing else says that they are wanted.
    private static bool CanWake(JsonObject @object) =>
        @object.Metadata().Has("annotations", IdleRule.After) || @object.Child("spec").Objects("metrics").Any(metric => metric.Text("type") is nameof(MetricSource.Object) or nameof(MetricSource.External));
}
