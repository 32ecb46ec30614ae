using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Nodes;

/// <summary>How Nodes are written: an agent registers its node together with its status.</summary>
public sealed class NodeStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");
    private static readonly FieldPath Status = FieldPath.Of("status");

    /// <inheritdoc/>
    public override bool KeepsStatusOnCreate => true;

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        @object.DefaultChild("spec");
        var status = @object.DefaultChild("status");
        if (status.Child("capacity") is { } capacity && !status.Has("allocatable")) status["allocatable"] = capacity.DeepClone();
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var (seen, index) = (new HashSet<(string, string)>(), 0);
        foreach (var taint in @object.Child("spec").Objects("taints"))
        {
            var at = Spec.Child("taints").Item(index++);
            FieldRules.Named(taint, "key", at, errors, LabelSyntax.QualifiedName);
            FieldRules.Optional(taint, "value", at, errors, LabelSyntax.Value);
            FieldRules.Required(taint, "effect", at, errors);
            FieldRules.OneOf(taint, "effect", at, errors, "NoExecute", "NoSchedule", "PreferNoSchedule");
            if (!seen.Add((taint.Text("key"), taint.Text("effect")))) errors.Duplicate(at, new JsonObject { ["key"] = taint.Text("key"), ["effect"] = taint.Text("effect") });
        }
        Amounts(@object.Child("status"), errors);
    }

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        foreach (var member in (ReadOnlySpan<string>)["podCIDR", "podCIDRs", "providerID"])
        {
            if (current.Child("spec")?[member] is { } before && !JsonNode.DeepEquals(before, updated.Child("spec")?[member]))
            {
                errors.Forbidden(Spec.Child(member), "node updates may not change what the node was given once");
            }
        }
    }

    /// <inheritdoc/>
    public override void ValidateStatusUpdate(JsonObject updated, JsonObject current, FieldErrors errors) => Amounts(updated.Child("status"), errors);

    private static void Amounts(JsonObject? status, FieldErrors errors)
    {
        FieldRules.Quantities(status.Child("capacity"), Status.Child("capacity"), errors);
        FieldRules.Quantities(status.Child("allocatable"), Status.Child("allocatable"), errors);
    }
}
