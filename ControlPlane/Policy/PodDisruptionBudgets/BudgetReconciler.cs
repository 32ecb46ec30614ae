using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Policy.PodDisruptionBudgets;

/// <summary>
/// Counts the pods of a PodDisruptionBudget and tells in its status how many may be evicted. What evictions have taken from it meanwhile (<see cref="DisruptionPatch"/>) is
/// never lost: the count is stored only over the version it was made from.
/// </summary>
public sealed class BudgetReconciler : IReconciler
{
    private const string Component = "controllermanager";
    private const string Type = "DisruptionAllowed";
    private static readonly Requester By = Requester.Controller("disruption-controller");

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        if (self.Header.DeletionTimestamp is not null) return Plan.Nothing;
        var budget = BudgetState.Of(self);
        var census = BudgetCensus.Take(self, budget, view, now);
        var status = Status(self, budget, census, now);
        var regarding = new ObjectReference("policy/v1", "PodDisruptionBudget", self.Key.Namespace, self.Key.Name, self.Uid);
        var plan = new Plan { RequeueAfter = census.Disrupted.IsEmpty ? null : census.Disrupted.Values.Min() + BudgetCensus.Patience - now };
        if (StatusChange.From(self, budget.Status, status, By) is not { } change) return plan;
        if (census.Fault.Length > 0)
        {
            plan = plan with { Events = plan.Events.Add(new(regarding, "Warning", "CalculateExpectedPodCountFailed", $"Failed to calculate the number of expected pods: {census.Fault}", Component)) };
        }
        foreach (var pod in census.Overdue)
        {
            plan = plan with { Events = plan.Events.Add(new(regarding, "Warning", "NotDeleted", $"Pod {pod} was expected by PDB {self.Key.Namespace}/{self.Key.Name} to be deleted but it wasn't", Component)) };
        }
        return plan with { Commands = [change with { Preconditions = new(self.Uid, self.Revision) }] };
    }

    private static JsonObject Status(StoredObject self, BudgetState budget, BudgetCensus census, DateTimeOffset now)
    {
        var condition = census switch
        {
            { Fault.Length: > 0 } => Condition.Of(Type, false, "SyncFailed", census.Fault),
            { Allowed: > 0 } => Condition.Of(Type, true, "SufficientPods"),
            _ => Condition.Of(Type, false, "InsufficientPods"),
        };
        var status = new JsonObject
        {
            ["currentHealthy"] = census.Healthy,
            ["desiredHealthy"] = census.Desired,
            ["disruptionsAllowed"] = census.Allowed,
            ["expectedPods"] = census.Expected,
            ["observedGeneration"] = self.Header.Generation,
            ["conditions"] = budget.Conditions.WithNews(condition, now).ToJson(),
        };
        if (!census.Disrupted.IsEmpty)
        {
            status["disruptedPods"] = new JsonObject(census.Disrupted.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)Rfc3339.Write(entry.Value))));
        }
        return status;
    }
}
