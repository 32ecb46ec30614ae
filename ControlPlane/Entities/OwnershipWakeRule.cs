using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>A changed object wakes itself and its controller, before and after the change, if their kinds have a reconciler.</summary>
public sealed class OwnershipWakeRule(IKinds kinds, IReadOnlySet<GroupResource> reconciled) : IWakeRule
{
    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var key = change.Object.Key;
        if (!change.Deleted && reconciled.Contains(key.GroupResource)) keys.Add(key);
        Owner(change.Object.Header.Controller, key.Namespace, keys);
        if (change.Previous is { } before && before.Header.Controller?.Uid != change.Object.Header.Controller?.Uid) Owner(before.Header.Controller, key.Namespace, keys);
    }

    private void Owner(OwnerRef? owner, string @namespace, ICollection<ObjectKey> keys)
    {
        if (owner is null) return;
        var slash = owner.ApiVersion.IndexOf('/', StringComparison.Ordinal);
        var (group, version) = slash < 0 ? ("", owner.ApiVersion) : (owner.ApiVersion[..slash], owner.ApiVersion[(slash + 1)..]);
        if (kinds.FindKind(group, version, owner.Kind) is not { } kind) return;
        if (reconciled.Contains(kind.GroupResource)) keys.Add(new(kind.Group, kind.Plural, kind.Namespaced ? @namespace : "", owner.Name));
    }
}
