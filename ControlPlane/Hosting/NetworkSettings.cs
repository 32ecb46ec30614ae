using ControlPlane.Networking;
using ControlPlane.Nodes;

namespace ControlPlane.Hosting;

/// <summary>Reads the options of nodes and Services from those of the process.</summary>
internal static class NetworkSettings
{
    /// <exception cref="ArgumentException">The options contradict each other; the message names every fault.</exception>
    public static NodeOptions Nodes(ControlPlaneOptions options)
    {
        var nodes = new NodeOptions { ClusterCidr = options.PodCidr, NodePrefixLength = options.NodePodPrefixLength, ServiceCidr = options.ServiceCidr };
        if (options.NodeLeaseGrace is { } grace) nodes = nodes with { AgentLease = grace, ExternalLease = grace };
        return Valid(nodes, [.. nodes.Validate()]);
    }

    /// <exception cref="ArgumentException">The options contradict each other; the message names every fault.</exception>
    public static ServiceNetworkOptions Services(ControlPlaneOptions options)
    {
        var services = new ServiceNetworkOptions { ServiceCidr = options.ServiceCidr, NodePorts = options.NodePorts };
        return Valid(services, services.Faults());
    }

    private static T Valid<T>(T options, IReadOnlyCollection<string> faults) =>
        faults.Count == 0 ? options : throw new ArgumentException(string.Join(' ', faults));
}
