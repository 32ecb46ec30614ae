using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Access.Roles.Aggregation;

/// <summary>A ClusterRole wakes those that are made of it, or were.</summary>
public sealed class AggregationWakeRule : IWakeRule
{
    private static readonly GroupResource ClusterRoles = new("rbac.authorization.k8s.io", "clusterroles");

    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        if (change.Object.Key.GroupResource != ClusterRoles) return;
        foreach (var role in view.List(ClusterRoles).Objects)
        {
            var made = RoleState.Of(role).Aggregates.Any(selector =>
                selector.Matches(change.Object.Header.Labels) || (change.Previous is { } before && selector.Matches(before.Header.Labels)));
            if (made) keys.Add(role.Key);
        }
    }
}
