using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Workloads.Pods.Specs;
using Shared.Json;

namespace ControlPlane.Workloads.ReplicationControllers;

/// <summary>How ReplicationControllers are written: their selector is a plain map, and is taken from the template if there is none.</summary>
public sealed class ReplicationControllerStrategy : KindStrategy
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
        var labels = spec.Child("template", "metadata", "labels");
        if (labels is not { Count: > 0 }) return;
        if (spec.Child("selector") is not { Count: > 0 }) spec["selector"] = labels.DeepClone();
        if (@object.Metadata().Child("labels") is not { Count: > 0 }) @object.Metadata()["labels"] = labels.DeepClone();
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec") ?? [];
        PodTemplateRules.Template(spec, Spec, errors, "Always");
        FieldRules.NotNegative(spec, "replicas", Spec, errors);
        FieldRules.NotNegative(spec, "minReadySeconds", Spec, errors);
        FieldRules.Labels(spec.Child("selector"), Spec.Child("selector"), errors);
        if (spec.Child("selector") is not { Count: > 0 } selector)
        {
            errors.Required(Spec.Child("selector"));
            return;
        }
        var labels = spec.Child("template", "metadata", "labels");
        if (selector.Any(wanted => labels?[wanted.Key].TextOf() != wanted.Value.TextOf()))
        {
            errors.Invalid(Spec.Child("template").Child("metadata").Child("labels"), labels ?? [], "`selector` does not match template `labels`");
        }
    }
}
