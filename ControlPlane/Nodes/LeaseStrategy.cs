using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;

namespace ControlPlane.Nodes;

/// <summary>How Leases are written.</summary>
public sealed class LeaseStrategy : KindStrategy
{
    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        if (spec.Number("leaseDurationSeconds") is <= 0 and var seconds) errors.Invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
        if (spec.Number("leaseTransitions") is < 0 and var transitions) errors.Invalid("spec.leaseTransitions", transitions, FieldRules.NotNegativeMessage);
    }
}
