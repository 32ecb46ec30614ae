using System.Collections.Immutable;
using System.Net;
using Shared.Hosting;

namespace ControlPlane.Access.Pki;

/// <summary>
/// What a certificate is for. <paramref name="CommonName"/> is the user and <paramref name="Organizations"/> are its groups, as Kubernetes reads
/// client certificates.
/// </summary>
public sealed record CertificateProfile(string CommonName, ImmutableArray<string> Organizations)
{
    /// <summary>Names a client may find the holder under; with none and no addresses the certificate is for clients only.</summary>
    public ImmutableArray<string> DnsNames { get; init; } = [];

    /// <summary>Addresses a client may find the holder at.</summary>
    public ImmutableArray<IPAddress> Addresses { get; init; } = [];

    /// <summary>What the holder is among the processes of the cluster (<see cref="ProcessCertificate"/>); empty for a user.</summary>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>Whether the holder answers TLS connections, and so needs the server usage.</summary>
    public bool IsServer => DnsNames.Length > 0 || Addresses.Length > 0;

    /// <summary>The gateway of a control plane; also its identity among the members.</summary>
    public static CertificateProfile Server(PkiOptions options) => new("kube-apiserver", [])
    {
        DnsNames = [.. options.ServerNames()],
        Addresses = [.. options.ServerAddresses()],
        Roles = [ProcessCertificate.Member],
    };

    /// <summary>The administrator, who may do everything.</summary>
    public static CertificateProfile Administrator { get; } = new("kubernetes-admin", ["system:masters"]);

    /// <summary>What the control plane shows to the streaming servers of nodes.</summary>
    public static CertificateProfile KubeletClient { get; } = new("kube-apiserver-kubelet-client", ["system:masters"]);

    /// <summary>A node agent, both as a client and as the server of logs and exec.</summary>
    public static CertificateProfile Node(string name, IEnumerable<IPAddress> addresses) => new($"system:node:{name}", ["system:nodes"])
    {
        DnsNames = [name],
        Addresses = [.. addresses],
        Roles = [ProcessCertificate.Node(name)],
    };

    /// <summary>A process that simulates many nodes, <c>PREFIX-1</c> and so on.</summary>
    public static CertificateProfile HollowNodes(string prefix, IEnumerable<IPAddress> addresses) => Node(prefix, addresses) with
    {
        Roles = [ProcessCertificate.Node(prefix), ProcessCertificate.Node($"{prefix}-*")],
    };
}
