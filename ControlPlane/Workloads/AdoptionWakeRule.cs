using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using ControlPlane.Workloads.Deployments;
using ControlPlane.Workloads.ReplicaSets;
using Shared.Api;

namespace ControlPlane.Workloads;

/// <summary>An object that no controller owns, and that is new or has other labels or owners than before, wakes those whose selector matches it.</summary>
public sealed class AdoptionWakeRule : IWakeRule
{
    private static readonly GroupResource ReplicaSets = new("apps", "replicasets");
    private static readonly GroupResource Deployments = new("apps", "deployments");

    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var (key, header) = (change.Object.Key, change.Object.Header);
        var isPod = key is { Group: "", Resource: "pods" };
        if (!isPod && key.GroupResource != ReplicaSets) return;
        if (change.Deleted || header.Controller is not null || header.DeletionTimestamp is not null || !MayMatchAnew(change)) return;
        var candidates = isPod
            ? SelectorIndex.Of(view.List(ReplicaSets).Objects, static set => ReplicaSetState.Of(set).Selector)
            : SelectorIndex.Of(view.List(Deployments).Objects, static deployment => DeploymentState.Of(deployment).Selector);
        foreach (var candidate in candidates.Selecting(key.Namespace, header.Labels)) keys.Add(candidate.Key);
    }

    private static bool MayMatchAnew(ObjectChange change) =>
        change.Previous is not { } before || before.Header.Controller is not null || !Same(before.Header.Labels, change.Object.Header.Labels);

    private static bool Same(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now) =>
        before.Count == now.Count && before.All(label => now.TryGetValue(label.Key, out var value) && value == label.Value);
}
