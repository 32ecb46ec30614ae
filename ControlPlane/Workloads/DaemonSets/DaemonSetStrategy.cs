using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Workloads.Pods.Specs;
using Shared.Json;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>How DaemonSets are written.</summary>
public sealed class DaemonSetStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject
    {
        ["currentNumberScheduled"] = 0L,
        ["numberMisscheduled"] = 0L,
        ["desiredNumberScheduled"] = 0L,
        ["numberReady"] = 0L,
    };

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        PodSpecDefaults.ApplyToTemplate(spec);
        spec.Default("revisionHistoryLimit", 10);
        var strategy = spec.DefaultChild("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") != "RollingUpdate") return;
        var rolling = strategy.DefaultChild("rollingUpdate");
        rolling.Default("maxUnavailable", 1);
        rolling.Default("maxSurge", 0);
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec") ?? [];
        PodTemplateRules.Validate(spec, "daemonset", Spec, errors, "Always");
        FieldRules.NotNegative(spec, "minReadySeconds", Spec, errors);
        FieldRules.NotNegative(spec, "revisionHistoryLimit", Spec, errors);
        var (strategy, at) = (spec.Child("updateStrategy"), Spec.Child("updateStrategy"));
        FieldRules.OneOf(strategy, "type", at, errors, "OnDelete", "RollingUpdate");
        if (strategy.Child("rollingUpdate") is not { } rolling) return;
        var unavailable = FieldRules.CountOrPart(rolling["maxUnavailable"], at.Child("rollingUpdate").Child("maxUnavailable"), errors);
        var surge = FieldRules.CountOrPart(rolling["maxSurge"], at.Child("rollingUpdate").Child("maxSurge"), errors);
        if (unavailable == 0 && surge == 0) errors.Required(at.Child("rollingUpdate").Child("maxUnavailable"), "cannot be 0 when maxSurge is 0");
        if (unavailable != 0 && surge != 0) errors.Invalid(at.Child("rollingUpdate").Child("maxSurge"), rolling["maxSurge"], "may not be set when maxUnavailable is non-zero");
    }
}
