using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Workloads.Pods.Specs;
using Shared.Json;

namespace ControlPlane.Workloads.PodTemplates;

/// <summary>How PodTemplates are written.</summary>
public sealed class PodTemplateStrategy : KindStrategy
{
    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object) => PodSpecDefaults.ApplyToTemplate(@object);

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        if (@object.Child("template") is { } template) PodSpecRules.Validate(template.Child("spec") ?? [], FieldPath.Of("template").Child("spec"), errors);
    }
}
