using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Policy.PodDisruptionBudgets;

/// <summary>PodDisruptionBudgets.</summary>
internal static class PodDisruptionBudgetKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1PodDisruptionBudget>("pdb") with
    {
        HasStatus = true,
        Rules = [FieldRule.Enumerated("spec.unhealthyPodEvictionPolicy", "AlwaysAllow", "IfHealthyBudget")],
        Strategy = new PodDisruptionBudgetStrategy(),
        Behaviour = EntityBehaviour.Of(BudgetActor.Props) with { WakeRules = [new BudgetWakeRule()] },
        Columns =
        [
            Name,
            Field("Min Available", "N/A", "spec", "minAvailable"),
            Field("Max Unavailable", "N/A", "spec", "maxUnavailable"),
            Count("Allowed Disruptions", "status", "disruptionsAllowed"),
            Age,
        ],
    };
}
