using ControlPlane.Objects;
using ControlPlane.Scheduling;
using Shared.Api;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>A node that comes, goes, or takes other pods than before wakes every DaemonSet.</summary>
public sealed class NodesWakeRule : IWakeRule
{
    private static readonly GroupResource DaemonSets = new("apps", "daemonsets");

    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        if (change.Object.Key is not { Group: "", Resource: "nodes" }) return;
        if (!change.Deleted && change.Previous is { } before && NodeOffer.Of(change.Object).SameAs(NodeOffer.Of(before))) return;
        foreach (var set in view.List(DaemonSets).Objects) keys.Add(set.Key);
    }
}
