using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Workloads.Pods.Specs;
using Shared.Json;

namespace ControlPlane.Workloads.Pods;

/// <summary>How Pods are written.</summary>
public sealed class PodStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object)
    {
        var spec = @object.DefaultChild("spec");
        foreach (var container in spec.Objects("containers").Concat(spec.Objects("initContainers"))) ContainerDefaults.RequestLimits(container);
        @object["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = QosClass.Of(spec) };
    }

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        PodSpecDefaults.Apply(spec);
        spec.Default("enableServiceLinks", true);
        spec.Default("preemptionPolicy", "PreemptLowerPriority");
        spec.Default("priority", 0);
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors) => PodSpecRules.Validate(@object.Child("spec") ?? [], Spec, errors);

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors) =>
        PodUpdateRules.Validate(updated.Child("spec") ?? [], current.Child("spec") ?? [], errors);

    /// <summary>A pod that no node runs, or that has ended, goes at once; any other when its node has stopped it.</summary>
    public override long GraceSeconds(JsonObject current, long? requested)
    {
        var spec = current.Child("spec");
        if (spec.Text("nodeName").Length == 0 || current.Child("status").Text("phase") is "Succeeded" or "Failed") return 0;
        var seconds = requested ?? spec.Number("terminationGracePeriodSeconds") ?? PodSpecDefaults.GraceSeconds;
        return seconds < 0 ? 1 : seconds;
    }
}
