using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Serialization;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>How the nodes of a local cluster run containers.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClusterRuntime>))]
public enum ClusterRuntime
{
    /// <summary>Real containers: every node is a network namespace with its own containerd. Needs root on Linux.</summary>
    Containerd,

    /// <summary>Simulated containers, all nodes in one process.</summary>
    Hollow,
}

/// <summary>One node of a local cluster.</summary>
/// <param name="Index">Counts from 1; the last byte of its address.</param>
public sealed record ClusterNode(string Name, int Index, string Address);

/// <summary>
/// What <c>up</c> decided about a cluster of this machine, kept as <c>cluster.json</c> in its data directory, so that <c>down</c>, <c>status</c> and
/// a later <c>up</c> speak of the same one. <paramref name="Id"/> is part of every name the cluster has on the machine.
/// </summary>
/// <param name="Subnet">The nodes' network, a /24 that nothing else on the machine uses; empty for hollow nodes.</param>
/// <param name="Database">A PostgreSQL connection string, or null for SQLite.</param>
/// <param name="NodeLeaseGrace">How long a node may be silent, as the user wrote it; null: the control plane's default.</param>
public sealed record ClusterDescription(
    string Id,
    ClusterRuntime Runtime,
    int Port,
    int RemotePort,
    int AgentPort,
    string Subnet,
    string? Database,
    string? NodeLeaseGrace,
    ImmutableArray<ClusterNode> Nodes)
{
    private const int BridgeHost = 254;

    /// <summary>The most nodes one subnet has addresses for.</summary>
    public const int MaxContainerdNodes = 250;

    /// <summary>The bridge of the root namespace that the nodes hang on. Interface names have at most 15 characters.</summary>
    [JsonIgnore]
    public string Bridge => $"ak{Id}";

    /// <summary>Where the root namespace stands in the nodes' network: the control plane's address.</summary>
    [JsonIgnore]
    public string ControlPlaneAddress => Runtime == ClusterRuntime.Hollow ? "127.0.0.1" : HostAddress(BridgeHost);

    /// <summary>The cgroup under which all of the cluster's containers run.</summary>
    [JsonIgnore]
    public string CgroupName => $"actors-{Id}";

    /// <summary>The gateway, for clients on this machine.</summary>
    [JsonIgnore]
    public string Server => $"https://127.0.0.1:{Port}";

    /// <summary>The network namespace of a node.</summary>
    public string NetworkNamespace(ClusterNode node) => $"{Bridge}-n{node.Index}";

    /// <summary>The root namespace's end of a node's cable.</summary>
    public string Cable(ClusterNode node) => $"{Bridge}-{node.Index}";

    /// <summary>The node of this number, not yet part of the cluster.</summary>
    public ClusterNode NewNode(int index) =>
        new($"node-{index}", index, Runtime == ClusterRuntime.Hollow ? "127.0.0.1" : HostAddress(index));

    private string HostAddress(int host)
    {
        var bytes = IPNetwork.Parse(Subnet).BaseAddress.GetAddressBytes();
        bytes[3] = (byte)host;
        return new IPAddress(bytes).ToString();
    }
}
