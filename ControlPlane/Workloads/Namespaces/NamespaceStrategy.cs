using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Namespaces;

/// <summary>
/// How Namespaces are written: <c>spec.finalizers</c> holds a deleted one until its contents are gone, and can be emptied only then.
/// </summary>
public sealed class NamespaceStrategy : KindStrategy
{
    private const string Finalizer = "kubernetes";

    /// <inheritdoc/>
    public override NameRule NameRule => NameRule.DnsLabel;

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object)
    {
        var spec = @object.DefaultChild("spec");
        var finalizers = spec.List("finalizers") ?? [];
        spec["finalizers"] = finalizers;
        if (finalizers.All(name => name.TextOf() != Finalizer)) finalizers.Add(Finalizer);
        @object["status"] = new JsonObject { ["phase"] = "Active" };
    }

    /// <inheritdoc/>
    public override void PrepareForUpdate(JsonObject updated, JsonObject current)
    {
        if (current.Metadata().Has("deletionTimestamp")) return;
        if (current.Child("spec")?["finalizers"] is { } kept) updated.DefaultChild("spec")["finalizers"] = kept.DeepClone();
    }

    /// <inheritdoc/>
    public override void PrepareForDelete(JsonObject @object) => @object.DefaultChild("status")["phase"] = "Terminating";

    /// <inheritdoc/>
    public override bool HoldsDeletion(JsonObject current) => current.Child("spec").HasElements("finalizers");

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        var metadata = @object.Metadata();
        if (metadata.Text("name") is { Length: > 0 } name) metadata.DefaultChild("labels")["kubernetes.io/metadata.name"] = name;
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        foreach (var name in @object.Child("spec").Texts("finalizers"))
        {
            if (LabelSyntax.QualifiedName(name) is { } fault) errors.Invalid("spec.finalizers", name, fault);
        }
    }
}
