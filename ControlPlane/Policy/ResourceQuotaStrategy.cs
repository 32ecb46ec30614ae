using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Policy;

/// <summary>How ResourceQuotas are written.</summary>
public sealed class ResourceQuotaStrategy : KindStrategy
{
    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject();

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors) =>
        FieldRules.Quantities(@object.Child("spec").Child("hard"), FieldPath.Of("spec").Child("hard"), errors);
}
