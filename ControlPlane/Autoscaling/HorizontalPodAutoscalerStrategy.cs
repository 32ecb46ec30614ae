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
        if (spec.HasElements("metrics")) return;
        spec["metrics"] = new JsonArray(new JsonObject
        {
            ["type"] = "Resource",
            ["resource"] = new JsonObject { ["name"] = "cpu", ["target"] = new JsonObject { ["type"] = nameof(Utilization), ["averageUtilization"] = Utilization } },
        });
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        var (target, at) = (spec.Child("scaleTargetRef"), Spec.Child("scaleTargetRef"));
        FieldRules.Named(target, "kind", at, errors, NameSyntax.PathSegment);
        FieldRules.Named(target, "name", at, errors, NameSyntax.PathSegment);
        var (least, most) = (spec.Number("minReplicas") ?? 1, spec.Number("maxReplicas") ?? 0);
        if (least < 1) errors.Invalid(Spec.Child("minReplicas"), least, "must be greater than or equal to 1");
        if (most < 1) errors.Invalid(Spec.Child("maxReplicas"), most, "must be greater than 0");
        else if (most < least) errors.Invalid(Spec.Child("maxReplicas"), most, "must be greater than or equal to `minReplicas`");
    }
}
