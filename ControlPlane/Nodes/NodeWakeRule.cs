using ControlPlane.Nodes.Leases;
using ControlPlane.Nodes.Taints;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Nodes;

/// <summary>
/// A node looks at itself again when its Lease is renewed, and when a pod comes to it, or changes, while its taints drive pods away.
/// </summary>
public sealed class NodeWakeRule : IWakeRule
{
    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var key = change.Object.Key;
        if (key is { Group: "coordination.k8s.io", Resource: "leases", Namespace: ExternalLease.Namespace })
        {
            var node = NodeView.KeyOf(key.Name);
            if (view.Get(node) is not null) keys.Add(node);
        }
        else if (key is { Group: "", Resource: "pods" } && !change.Deleted && change.Object.Header.NodeName is { Length: > 0 } name)
        {
            var node = NodeView.KeyOf(name);
            if (view.Get(node) is { } found && found.Project(NodeView.Of).Taints.Any(taint => taint.Effect == TaintEffect.NoExecute)) keys.Add(node);
        }
    }
}
