using System.Collections.Immutable;
using System.Net;
using ControlPlane.Access;
using ControlPlane.Access.OpenIdConnect;
using ControlPlane.Audit;
using ControlPlane.Gateway;
using ControlPlane.Journal;

namespace ControlPlane.Hosting;

/// <summary>What one control plane process is told at its start. Everything has a default but the data directory.</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>Where this process keeps its state: <c>pki/</c>, the SQLite file, <c>admin.kubeconfig</c>.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The gateway's HTTPS port.</summary>
    public int Port { get; init; } = 6443;

    /// <summary>
    /// The addresses the gateway listens on, loopback always among them. Nothing else is bound, so that a cluster on a workstation is not
    /// open to its network.
    /// </summary>
    public ImmutableArray<IPAddress> BindAddresses { get; init; } = [IPAddress.Loopback];

    /// <summary>The address by which nodes and other control planes reach this one; also where the ports for both are.</summary>
    public IPAddress AdvertiseAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The port of the cluster's members, who let in nobody else. Seeds of other control planes name it.</summary>
    public int RemotePort { get; init; } = 6500;

    /// <summary>The port of the nodes' agents. Seeds of nodes name it.</summary>
    public int AgentPort { get; init; } = 6600;

    /// <summary>Tokens of users that the control plane was told of at its start.</summary>
    public KnownTokens Tokens { get; init; } = new();

    /// <summary>An issuer whose identity tokens users may show; null for none.</summary>
    public OidcOptions? Oidc { get; init; }

    /// <summary>Where and what is written down of requests; null for nothing.</summary>
    public AuditOptions? Audit { get; init; }

    /// <summary>How many requests the gateway works on at once: see <see cref="GatewayOptions.MostRequestsAtOnce"/>.</summary>
    public int MostRequestsAtOnce { get; init; } = GatewayOptions.UsualRequestsAtOnce;

    /// <summary>Where clients find several control planes: a load balancer or a virtual address. Null: there is none.</summary>
    public HostAndPort? Balancer { get; init; }

    /// <summary>
    /// The <c>host:port</c> of control planes to join, this one may be among them and need not. Empty: this one starts a cluster of its own. See <see cref="ClusterEntry"/>.
    /// </summary>
    public ImmutableArray<string> Seeds { get; init; } = [];

    /// <summary>A PostgreSQL connection string, see <see cref="DatabaseServers"/>, or null for a SQLite file in the data directory.</summary>
    public string? Database { get; init => field = value is null ? null : DatabaseServers.Complete(value); }

    /// <summary>
    /// How long a node may go without a renewal before it counts as lost. Null: 6 s for agents, which renew every second, and 40 s for kubelets
    /// that registered over REST and renew a Lease every ten.
    /// </summary>
    public TimeSpan? NodeLeaseGrace { get; init; }

    /// <summary>The range cluster IPs are taken from. Its first address is the <c>kubernetes</c> Service.</summary>
    public string ServiceCidr { get; init; } = "10.96.0.0/16";

    /// <summary>The range the nodes' pod ranges are cut from.</summary>
    public string PodCidr { get; init; } = "10.244.0.0/16";

    /// <summary>The prefix length of one node's pod range: 24 leaves 254 addresses a node.</summary>
    public int NodePodPrefixLength { get; init; } = 24;

    /// <summary>The ports of NodePort Services, both ends inclusive.</summary>
    public (int First, int Last) NodePorts { get; init; } = (30000, 32767);

    /// <summary>The kubeconfig of the cluster's administrator, written at start.</summary>
    public string KubeconfigFile => Path.Combine(DataDirectory, "admin.kubeconfig");
}
