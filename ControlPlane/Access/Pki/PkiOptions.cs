using System.Collections.Immutable;
using System.Net;

namespace ControlPlane.Access.Pki;

/// <summary>What the certificates of one cluster must say.</summary>
public sealed record PkiOptions
{
    /// <summary>Addresses of this control plane beyond loopback: the server certificate names them.</summary>
    public ImmutableArray<IPAddress> Addresses { get; init; } = [];

    /// <summary>Host names of this control plane beyond <c>localhost</c>.</summary>
    public ImmutableArray<string> HostNames { get; init; } = [];

    /// <summary>The range of cluster IPs; its first address is that of the <c>kubernetes</c> Service.</summary>
    public string ServiceCidr { get; init; } = "10.96.0.0/16";

    /// <summary>The DNS domain of the cluster.</summary>
    public string ClusterDomain { get; init; } = "cluster.local";

    /// <summary>How long the authority is valid.</summary>
    public TimeSpan AuthorityLifetime { get; init; } = TimeSpan.FromDays(3650);

    /// <summary>How long every other certificate is valid. It is made anew at a start that finds less than a fifth of this left.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Every DNS name the server certificate carries.</summary>
    public IEnumerable<string> ServerNames() =>
    [
        "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", $"kubernetes.default.svc.{ClusterDomain}", .. HostNames,
    ];

    /// <summary>Every address the server certificate carries.</summary>
    public IEnumerable<IPAddress> ServerAddresses() =>
        new[] { IPAddress.Loopback, FirstAddress(ServiceCidr) }.Concat(Addresses).Distinct();

    private static IPAddress FirstAddress(string cidr)
    {
        var bytes = IPNetwork.Parse(cidr).BaseAddress.GetAddressBytes();
        bytes[^1]++;
        return new IPAddress(bytes);
    }
}
