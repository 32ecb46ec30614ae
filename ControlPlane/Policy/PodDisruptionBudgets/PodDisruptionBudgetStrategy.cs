using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Policy.PodDisruptionBudgets;

/// <summary>How PodDisruptionBudgets are written.</summary>
public sealed class PodDisruptionBudgetStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject
    {
        ["currentHealthy"] = 0L,
        ["desiredHealthy"] = 0L,
        ["disruptionsAllowed"] = 0L,
        ["expectedPods"] = 0L,
    };

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec") ?? [];
        if (spec.Has("minAvailable") && spec.Has("maxUnavailable")) errors.Invalid(Spec, spec, "minAvailable and maxUnavailable cannot be both set");
        foreach (var member in (ReadOnlySpan<string>)["minAvailable", "maxUnavailable"])
        {
            if (spec.Has(member)) FieldRules.CountOrPart(spec[member], Spec.Child(member), errors);
        }
        LabelSelectorRules.Validate(spec.Child("selector"), Spec.Child("selector"), errors);
    }
}
