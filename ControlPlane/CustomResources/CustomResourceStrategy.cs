using System.Text.Json.Nodes;
using ControlPlane.CustomResources.Rules;
using ControlPlane.Expressions;
using ControlPlane.Objects;

namespace ControlPlane.CustomResources;

/// <summary>How custom resources are written: their definition's rules are held.</summary>
internal sealed class CustomResourceStrategy(SchemaRules rules) : KindStrategy
{
    /// <inheritdoc/>
    public override void ValidateCreate(JsonObject @object, FieldErrors errors) => Check(@object, null, errors);

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors) => Check(updated, current, errors);

    /// <inheritdoc/>
    public override void ValidateStatusUpdate(JsonObject updated, JsonObject current, FieldErrors errors) => Check(updated, current, errors);

    private void Check(JsonObject @object, JsonObject? before, FieldErrors errors) => rules.Check(@object, before, null, new CelBudget(), errors);
}
