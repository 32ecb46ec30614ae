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
/// <param name="Port">The HTTPS port of the API: the control plane's, or the balancer's before several.</param>
/// <param name="RemotePort">A lone control plane's port for others.</param>
/// <param name="AgentPort">A lone control plane's port for nodes.</param>
/// <param name="Database">The user's PostgreSQL connection string, or null: SQLite for one control plane, a private PostgreSQL server for several.</param>
/// <param name="NodeLeaseGrace">How long a node may be silent, as the user wrote it; null: the control plane's default.</param>
/// <param name="Members">The control planes where there are several; none where one runs alone.</param>
public sealed record ClusterDescription(
    string Id,
    ClusterRuntime Runtime,
    int Port,
    int RemotePort,
    int AgentPort,
    string Subnet,
    string? Database,
    string? NodeLeaseGrace,
    ImmutableArray<ClusterNode> Nodes,
    ImmutableArray<ClusterMember> Members = default)
{
    private const int BridgeHost = 254;
    private const int MembersHost = 245;
    private const string Loopback = "127.0.0.1";

    /// <summary>The most nodes one subnet has addresses for, beside those of the control planes.</summary>
    public const int MaxContainerdNodes = MembersHost;

    /// <summary>The numbers of control planes there may be: of any other, fewer would survive as many losses.</summary>
    public static ImmutableArray<int> MemberCounts { get; } = [1, 3, 5];

    /// <summary>The bridge of the root namespace that the nodes hang on. Interface names have at most 15 characters.</summary>
    [JsonIgnore]
    public string Bridge => $"ak{Id}";

    // Descriptions that were written before there could be several have none.
    public ImmutableArray<ClusterMember> Members { get; init; } = Members.IsDefault ? [] : Members;

    /// <summary>Whether one control plane runs alone.</summary>
    [JsonIgnore]
    public bool IsAlone => Members.IsEmpty;

    /// <summary>Every control plane, also one that runs alone.</summary>
    [JsonIgnore]
    public ImmutableArray<ClusterMember> ControlPlanes => IsAlone ? [new(1, ControlPlaneAddress, Port, RemotePort, AgentPort)] : Members;

    /// <summary>Whether the control planes share a PostgreSQL server that is the cluster's own.</summary>
    [JsonIgnore]
    public bool HasPrivateDatabase => !IsAlone && Database is null;

    /// <summary>Where the root namespace stands in the nodes' network: the address of the API, be it a lone control plane's or the balancer's.</summary>
    [JsonIgnore]
    public string ControlPlaneAddress => Runtime == ClusterRuntime.Hollow ? Loopback : HostAddress(BridgeHost);

    /// <summary>The cgroup under which all of the cluster's containers run.</summary>
    [JsonIgnore]
    public string CgroupName => $"actors-{Id}";

    /// <summary>The gateway, for clients on this machine.</summary>
    [JsonIgnore]
    public string Server => $"https://{Loopback}:{Port}";

    /// <summary>The network namespace of a node.</summary>
    public string NetworkNamespace(ClusterNode node) => $"{Bridge}-n{node.Index}";

    /// <summary>The network namespace of one of several control planes.</summary>
    public string NetworkNamespace(ClusterMember member) => $"{Bridge}-c{member.Index}";

    /// <summary>The root namespace's end of a node's cable.</summary>
    public string Cable(ClusterNode node) => $"{Bridge}-{node.Index}";

    /// <summary>The root namespace's end of a control plane's cable.</summary>
    public string Cable(ClusterMember member) => NetworkNamespace(member);

    /// <summary>The node of this number, not yet part of the cluster.</summary>
    public ClusterNode NewNode(int index) =>
        new($"node-{index}", index, Runtime == ClusterRuntime.Hollow ? Loopback : HostAddress(index));

    /// <summary>Where the control plane of this number stands in the nodes' network.</summary>
    public string MemberAddress(int index) => Runtime == ClusterRuntime.Hollow ? Loopback : HostAddress(MembersHost + index);

    private string HostAddress(int host)
    {
        var bytes = IPNetwork.Parse(Subnet).BaseAddress.GetAddressBytes();
        bytes[3] = (byte)host;
        return new IPAddress(bytes).ToString();
    }
}
