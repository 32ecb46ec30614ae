using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;

namespace ControlPlane.Policy.PodDisruptionBudgets;

/// <summary>A pod wakes the budgets that select it, or did; what has a scale wakes those of its namespace when its spec changes.</summary>
public sealed class BudgetWakeRule : IWakeRule
{
    private static readonly GroupResource Pods = new("", "pods");
    private static readonly GroupResource Budgets = new("policy", "poddisruptionbudgets");

    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var (key, now, before) = (change.Object.Key, change.Object.Header, change.Previous?.Header);
        if (key.GroupResource == Pods)
        {
            var budgets = SelectorIndex.Of(view.List(Budgets).Objects, static budget => BudgetState.Of(budget).Selector);
            foreach (var budget in budgets.Selecting(key.Namespace, now.Labels)) keys.Add(budget.Key);
            if (before is null || ReferenceEquals(before.Labels, now.Labels)) return;
            foreach (var budget in budgets.Selecting(key.Namespace, before.Labels)) keys.Add(budget.Key);
        }
        else if (key is { Group: "apps", Resource: "deployments" or "replicasets" or "statefulsets" } or { Group: "", Resource: "replicationcontrollers" } && before?.Generation != now.Generation)
        {
            foreach (var budget in view.List(Budgets, key.Namespace)) keys.Add(budget.Key);
        }
    }
}
