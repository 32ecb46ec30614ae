using ControlPlane.Nodes;

namespace ControlPlane.Hosting;

/// <summary>Reads the options of nodes from those of the process.</summary>
internal static class NodeSettings
{
    /// <exception cref="ArgumentException">The options contradict each other; the message names every fault.</exception>
    public static NodeOptions From(ControlPlaneOptions options)
    {
        var nodes = new NodeOptions { ClusterCidr = options.PodCidr, NodePrefixLength = options.NodePodPrefixLength, ServiceCidr = options.ServiceCidr };
        if (options.NodeLeaseGrace is { } grace) nodes = nodes with { AgentLease = grace, ExternalLease = grace, OrphanDelay = 2 * grace };
        var faults = nodes.Validate().ToArray();
        return faults.Length == 0 ? nodes : throw new ArgumentException(string.Join(' ', faults));
    }
}
