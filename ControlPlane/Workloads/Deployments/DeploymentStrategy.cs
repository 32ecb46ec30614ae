using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Workloads.Pods.Specs;
using Shared.Json;

namespace ControlPlane.Workloads.Deployments;

/// <summary>How Deployments are written.</summary>
public sealed class DeploymentStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject();

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        PodSpecDefaults.ApplyToTemplate(spec);
        spec.Default("replicas", 1);
        spec.Default("revisionHistoryLimit", 10);
        spec.Default("progressDeadlineSeconds", 600);
        var strategy = spec.DefaultChild("strategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") != "RollingUpdate") return;
        var rolling = strategy.DefaultChild("rollingUpdate");
        rolling.DefaultAny("maxUnavailable", "25%");
        rolling.DefaultAny("maxSurge", "25%");
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec") ?? [];
        PodTemplateRules.Validate(spec, "deployment", Spec, errors, "Always");
        if (spec.Child("template", "spec").Has("activeDeadlineSeconds"))
        {
            errors.Forbidden(Spec.Child("template").Child("spec").Child("activeDeadlineSeconds"), "activeDeadlineSeconds in Deployment is not Supported");
        }
        FieldRules.NotNegative(spec, "replicas", Spec, errors);
        FieldRules.NotNegative(spec, "minReadySeconds", Spec, errors);
        FieldRules.NotNegative(spec, "revisionHistoryLimit", Spec, errors);
        FieldRules.NotNegative(spec, "progressDeadlineSeconds", Spec, errors);
        if (spec.Number("progressDeadlineSeconds") is { } deadline && deadline <= (spec.Number("minReadySeconds") ?? 0))
        {
            errors.Invalid(Spec.Child("progressDeadlineSeconds"), deadline, "must be greater than minReadySeconds");
        }
        Rollout(spec.Child("strategy"), Spec.Child("strategy"), errors);
    }

    private static void Rollout(JsonObject? strategy, FieldPath path, FieldErrors errors)
    {
        FieldRules.OneOf(strategy, "type", path, errors, "Recreate", "RollingUpdate");
        var (rolling, at) = (strategy.Child("rollingUpdate"), path.Child("rollingUpdate"));
        if (strategy.Text("type") == "Recreate")
        {
            if (rolling is not null) errors.Forbidden(at, "may not be specified when strategy `type` is 'Recreate'");
            return;
        }
        if (rolling is null) return;
        var unavailable = FieldRules.CountOrPart(rolling["maxUnavailable"], at.Child("maxUnavailable"), errors);
        var surge = FieldRules.CountOrPercent(rolling["maxSurge"], at.Child("maxSurge"), errors);
        if (unavailable == 0 && surge == 0) errors.Invalid(at.Child("maxUnavailable"), rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0");
    }
}
