using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Scheduling.PriorityClasses;

/// <summary>PriorityClasses.</summary>
internal static class PriorityClassKind
{
    private const string Kept = "may not be changed in an update.";

    public static KindDefinition Definition { get; } = KindOf.Cluster<V1PriorityClass>("pc") with
    {
        Rules =
        [
            FieldRule.Defaulted("preemptionPolicy", "PreemptLowerPriority"),
            FieldRule.Enumerated("preemptionPolicy", "Never", "PreemptLowerPriority"),
            FieldRule.Unchangeable("value", Kept),
            FieldRule.Unchangeable("preemptionPolicy", Kept),
        ],
        Strategy = new PriorityClassStrategy(),
        Columns =
        [
            Name,
            Count("Value", "value"),
            new("Global-Default", "boolean", row => row.Object.Flag("globalDefault") ?? false),
            Age,
            Field("PreemptionPolicy", "PreemptLowerPriority", "preemptionPolicy"),
        ],
    };
}
