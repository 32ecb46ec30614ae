namespace ControlPlane.CommandLine.Clusters;

/// <summary>One control plane of a local cluster that has several.</summary>
/// <param name="Index">Counts from 1.</param>
/// <param name="Address">Where all its ports are: its own address in the nodes' network, or loopback with hollow nodes.</param>
/// <param name="Port">The HTTPS port of its gateway.</param>
/// <param name="RemotePort">The port for the other members.</param>
/// <param name="AgentPort">The port for nodes.</param>
public sealed record ClusterMember(int Index, string Address, int Port, int RemotePort, int AgentPort)
{
    /// <summary>The name in contexts, folders and messages.</summary>
    public string Name => $"cp-{Index}";

    /// <summary>Its gateway, for clients on this machine.</summary>
    public string Server => $"https://{Address}:{Port}";
}
