using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Policy.ResourceQuotas;

/// <summary>What begins or ends to use something, or uses more or less than before, wakes the quotas of its namespace that limit it.</summary>
public sealed class QuotaWakeRule : IWakeRule
{
    private static readonly GroupResource Quotas = new("", "resourcequotas");

    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var (now, before) = (change.Object, change.Previous);
        if (now.Key.Namespace.Length == 0 || view.List(Quotas).Objects.Count == 0) return;
        var quotas = view.List(Quotas, now.Key.Namespace);
        if (quotas.Count == 0) return;
        if (before is not null && !change.Deleted && Same(before, now)) return;
        foreach (var quota in quotas)
        {
            if (quota.Key != now.Key && QuotaState.Of(quota).Resources.Contains(now.Key.GroupResource)) keys.Add(quota.Key);
        }
    }

    // Most changes are of a status that uses nothing.
    private static bool Same(StoredObject before, StoredObject now) =>
        now.Header.Generation == before.Header.Generation && now.Header.Generation > 0 && now.Key.Resource != "pods"
        || (QuotaUse.Of(before) is var old && QuotaUse.Of(now) is var use && old.Until == use.Until && old.Scopes.SetEquals(use.Scopes) && old.Amounts.SequenceEqual(use.Amounts));
}
