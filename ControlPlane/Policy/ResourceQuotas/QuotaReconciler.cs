using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads;

namespace ControlPlane.Policy.ResourceQuotas;

/// <summary>
/// Counts what the objects of a namespace use of a ResourceQuota and tells it in its status. What writes have claimed meanwhile (<see cref="QuotaClaimPatch"/>) counts until it
/// is seen, and the count is stored only over the version it was made from: so never is more let through than the quota has, whoever crashes in between.
/// </summary>
public sealed class QuotaReconciler : IReconciler
{
    /// <summary>Claims that were seen are cleared away together, at most so often.</summary>
    internal static readonly TimeSpan Tidying = TimeSpan.FromSeconds(1);

    private static readonly Requester By = Requester.Controller("resourcequota-controller");

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        if (self.Header.DeletionTimestamp is not null) return Plan.Nothing;
        var quota = QuotaState.Of(self);
        var (used, due) = Count(quota, view, self.Key.Namespace, now);
        var (open, seen) = (new JsonArray(), 0);
        foreach (var claim in quota.Claims)
        {
            var isSeen = claim.IsSeen(view, self.Key.Namespace);
            if (isSeen || claim.At + QuotaClaim.Patience <= now)
            {
                seen++;
                continue;
            }
            open.Add((JsonNode)claim.ToJson());
            due = Earlier(due, claim.At + QuotaClaim.Patience);
            foreach (var (resource, amount) in claim.Use)
            {
                if (used.TryGetValue(resource, out var sum)) used[resource] = sum + QuotaResources.Read(resource, amount);
            }
        }
        var status = Status(quota, used);
        var current = quota.Status.ValueKind == System.Text.Json.JsonValueKind.Object ? JsonObject.Create(quota.Status)! : [];
        current.Remove(QuotaClaim.Member);

        // What is used is the same with these claims and without: nobody waits for their end.
        if (seen > 0 && JsonNode.DeepEquals(current, status) && quota.Claims.Min(claim => claim.At) + Tidying is var tidy && tidy > now) return Plan.Nothing with { RequeueAfter = tidy - now };
        if (open.Count > 0) status[QuotaClaim.Member] = open;
        var plan = Plan.Nothing with { RequeueAfter = due - now };
        return StatusChange.From(self, quota.Status, status, By) is { } change ? plan with { Commands = [change with { Preconditions = new(self.Uid, self.Revision) }] } : plan;
    }

    /// <summary>What a quota's status is, as far as objects are seen.</summary>
    internal static JsonObject Status(QuotaState quota, IObjectView view, string @namespace, DateTimeOffset now) => Status(quota, Count(quota, view, @namespace, now).Used);

    private static JsonObject Status(QuotaState quota, Dictionary<string, decimal> used) => new()
    {
        ["hard"] = new JsonObject(quota.HardTexts.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
        ["used"] = new JsonObject(quota.Hard.Keys.Select(name => KeyValuePair.Create(name, (JsonNode?)QuotaResources.Write(name, used[name])))),
    };

    private static (Dictionary<string, decimal> Used, DateTimeOffset? Due) Count(QuotaState quota, IObjectView view, string @namespace, DateTimeOffset now)
    {
        var used = quota.Hard.Keys.ToDictionary(name => name, _ => 0m, StringComparer.Ordinal);
        DateTimeOffset? due = null;
        foreach (var resource in quota.Resources)
        {
            foreach (var counted in view.List(resource, @namespace))
            {
                var use = QuotaUse.Of(counted);
                if (use.Until is { } until)
                {
                    if (until <= now) continue;
                    due = Earlier(due, until);
                }
                foreach (var (name, amount) in quota.Of(use)) used[name] += amount;
            }
        }
        return (used, due);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset other) => one < other ? one : other;
}
