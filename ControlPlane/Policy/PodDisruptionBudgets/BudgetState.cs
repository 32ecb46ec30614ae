using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Policy.PodDisruptionBudgets;

/// <summary>What the control plane reads of a PodDisruptionBudget, parsed once per version.</summary>
public sealed class BudgetState
{
    /// <summary>How many pods must be healthy: a count or a part; undefined where the budget says how many may not be.</summary>
    public required JsonElement MinAvailable { get; init; }

    /// <summary>How many pods may be missing: a count or a part; undefined where there is none.</summary>
    public required JsonElement MaxUnavailable { get; init; }
    public required LabelSelector Selector { get; init; }

    /// <summary>Whether pods that are not ready may be evicted whatever the budget says.</summary>
    public required bool UnhealthyAlways { get; init; }
    public required JsonElement Status { get; init; }
    public required ImmutableArray<Condition> Conditions { get; init; }

    /// <summary>The pods whose eviction was allowed and has not been seen yet, and when it was.</summary>
    public required ImmutableSortedDictionary<string, DateTimeOffset> Disrupted { get; init; }

    public int CurrentHealthy => Status.Int("currentHealthy");
    public int DesiredHealthy => Status.Int("desiredHealthy");

    public static BudgetState Of(StoredObject budget) => budget.Project(Read);

    private static BudgetState Read(StoredObject budget)
    {
        var root = ObjectLimits.ParseElement(budget.Json);
        var (spec, status) = (root.At("spec"), root.At("status"));
        return new()
        {
            MinAvailable = spec.At("minAvailable"),
            MaxUnavailable = spec.At("maxUnavailable"),
            Selector = LabelSelector.From(spec.Child("selector") is { } selector ? JsonObject.Create(selector) : null),
            UnhealthyAlways = spec.Text("unhealthyPodEvictionPolicy") == "AlwaysAllow",
            Status = status,
            Conditions = Shared.Api.Conditions.Read(status),
            Disrupted = status.TextMap("disruptedPods").ToImmutableSortedDictionary(entry => entry.Key, entry => Rfc3339.Read(entry.Value) ?? default, StringComparer.Ordinal),
        };
    }
}
