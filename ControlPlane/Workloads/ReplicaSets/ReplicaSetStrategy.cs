using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Workloads.Pods.Specs;
using Shared.Json;

namespace ControlPlane.Workloads.ReplicaSets;

/// <summary>How ReplicaSets are written.</summary>
public sealed class ReplicaSetStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject { ["replicas"] = 0L };

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        PodSpecDefaults.ApplyToTemplate(spec);
        spec.Default("replicas", 1);
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec") ?? [];
        PodTemplateRules.Validate(spec, "replicaset", Spec, errors, "Always");
        FieldRules.NotNegative(spec, "replicas", Spec, errors);
        FieldRules.NotNegative(spec, "minReadySeconds", Spec, errors);
    }
}
