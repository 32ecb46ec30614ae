using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Nodes.Leases;

/// <summary>The signs of life of a kubelet that is not one of our agents: its Lease, or the heartbeat in its Ready condition.</summary>
public static class ExternalLease
{
    /// <summary>Where kubelets keep their Leases.</summary>
    public const string Namespace = "kube-node-lease";

    public static GroupResource Leases { get; } = new("coordination.k8s.io", "leases");

    /// <summary>The key of a node's Lease.</summary>
    public static ObjectKey KeyOf(string node) => new(Leases.Group, Leases.Resource, Namespace, node);

    /// <summary>The newest sign the node has written, empty if there is none. Only its change means something: it follows the node's own clock.</summary>
    public static string Evidence(StoredObject node, IObjectView view)
    {
        var renewed = view.Get(KeyOf(node.Key.Name))?.ToJsonObject().Text("spec", "renewTime");
        return renewed is { Length: > 0 } ? renewed : node.Project(NodeView.Of).Ready?.LastHeartbeat?.ToString("O") ?? "";
    }
}
