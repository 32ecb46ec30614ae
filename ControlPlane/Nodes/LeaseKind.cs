using ControlPlane.Catalogue;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Nodes;

/// <summary>Leases.</summary>
internal static class LeaseKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1Lease>() with
    {
        Rules =
        [
            FieldRule.AtLeast("spec.leaseDurationSeconds", 1, "must be greater than 0"),
            FieldRule.AtLeast("spec.leaseTransitions", 0, FieldRules.NotNegativeMessage),
        ],
        Columns = [Name, Field("Holder", "", "spec", "holderIdentity"), Age],
    };
}
