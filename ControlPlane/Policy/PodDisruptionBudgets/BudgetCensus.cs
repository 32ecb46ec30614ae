using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Policy.PodDisruptionBudgets;

/// <summary>The pods of a budget, counted by Kubernetes' rules.</summary>
/// <param name="Expected">How many there should be.</param>
/// <param name="Desired">How many must be healthy.</param>
/// <param name="Healthy">How many are: ready, not being deleted, and not about to be evicted.</param>
/// <param name="Disrupted">Those about to be evicted.</param>
/// <param name="Overdue">Those that were to be evicted long ago and are still there.</param>
/// <param name="Fault">Why it can't be told how many there should be; empty: it can.</param>
internal sealed record BudgetCensus(
    int Expected, int Desired, int Healthy, ImmutableSortedDictionary<string, DateTimeOffset> Disrupted, ImmutableArray<string> Overdue, string Fault)
{
    /// <summary>How long after its eviction was allowed a pod is taken to be gone, whatever is seen of it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly GroupResource Pods = new("", "pods");

    /// <summary>How many more may be evicted now.</summary>
    public int Allowed => Fault.Length > 0 || Expected <= 0 ? 0 : Math.Max(0, Healthy - Desired);

    public static BudgetCensus Take(StoredObject self, BudgetState budget, IObjectView view, DateTimeOffset now)
    {
        var pods = view.Selected(Pods, self.Key.Namespace, budget.Selector).ToArray();
        var disrupted = ImmutableSortedDictionary.CreateBuilder<string, DateTimeOffset>(StringComparer.Ordinal);
        var overdue = ImmutableArray.CreateBuilder<string>();
        var healthy = 0;
        foreach (var pod in pods)
        {
            if (pod.Header.DeletionTimestamp is not null) continue;
            if (budget.Disrupted.TryGetValue(pod.Key.Name, out var allowed))
            {
                if (allowed + Patience > now)
                {
                    disrupted[pod.Key.Name] = allowed;
                    continue;
                }
                overdue.Add(pod.Key.Name);
            }
            if (pod.Header.Ready) healthy++;
        }
        var (expected, desired, fault) = Wanted(budget, pods, view);
        return new(expected, desired, healthy, disrupted.ToImmutable(), overdue.ToImmutable(), fault);
    }

    private static (int Expected, int Desired, string Fault) Wanted(BudgetState budget, StoredObject[] pods, IObjectView view)
    {
        if (budget.MaxUnavailable.ValueKind is JsonValueKind.Number or JsonValueKind.String)
        {
            var (expected, fault) = Scale(pods, view);
            return (expected, Math.Max(0, expected - CountOrPart.Of(budget.MaxUnavailable, expected, up: true)), fault);
        }
        if (budget.MinAvailable.ValueKind == JsonValueKind.String)
        {
            var (expected, fault) = Scale(pods, view);
            return (expected, CountOrPart.Of(budget.MinAvailable, expected, up: true), fault);
        }
        return (pods.Length, CountOrPart.Of(budget.MinAvailable, pods.Length, up: true), "");
    }

    /// <summary>What the controllers of the pods were asked for, together. Pods without one are not expected.</summary>
    private static (int Expected, string Fault) Scale(StoredObject[] pods, IObjectView view)
    {
        var sizes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            if (pod.Header.Controller is not { } owner || sizes.ContainsKey(owner.Uid)) continue;
            if (Controller(owner, pod.Key.Namespace, view) is not { } controller) return (0, $"the controller {owner.Kind} {owner.Name} of pod {pod.Key.Name} has no scale that could be found");
            sizes[controller.Uid] = ObjectLimits.ParseElement(controller.Json).At("spec").Int("replicas", absent: 1);
            sizes.TryAdd(owner.Uid, 0);
        }
        return (sizes.Values.Sum(), "");
    }

    private static StoredObject? Controller(OwnerRef owner, string @namespace, IObjectView view)
    {
        ObjectKey? key = (owner.ApiVersion, owner.Kind) switch
        {
            ("apps/v1", "ReplicaSet") => new("apps", "replicasets", @namespace, owner.Name),
            ("apps/v1", "Deployment") => new("apps", "deployments", @namespace, owner.Name),
            ("apps/v1", "StatefulSet") => new("apps", "statefulsets", @namespace, owner.Name),
            ("v1", "ReplicationController") => new("", "replicationcontrollers", @namespace, owner.Name),
            _ => null,
        };
        if (key is not { } found || view.Get(found) is not { } controller || controller.Uid != owner.Uid) return null;
        return owner.Kind == "ReplicaSet" && controller.Header.Controller is { } above ? Controller(above, @namespace, view) : controller;
    }
}
