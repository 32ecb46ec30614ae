using System.Collections.Immutable;
using System.Net;
using ControlPlane.Access;
using ControlPlane.Access.OpenIdConnect;
using ControlPlane.Audit;

namespace ControlPlane.Gateway;

/// <summary>What the gateway is told at its start.</summary>
public sealed record GatewayOptions
{
    /// <summary>As kube-apiserver: 400 that read and 200 that write.</summary>
    public const int UsualRequestsAtOnce = 600;

    /// <summary>Where it listens.</summary>
    public required ImmutableArray<IPAddress> Addresses { get; init; }

    /// <summary>The HTTPS port on each of them.</summary>
    public required int Port { get; init; }

    /// <summary>How many requests are worked on at once, those of members of system:masters not counted: the seats that priority levels share.</summary>
    public int MostRequestsAtOnce { get; init; } = UsualRequestsAtOnce;

    /// <summary>Tokens of users.</summary>
    public KnownTokens Tokens { get; init; } = new();

    /// <summary>An issuer whose identity tokens users may show; null for none.</summary>
    public OidcOptions? Oidc { get; init; }

    /// <summary>Where and what is written down of requests; null for nothing.</summary>
    public AuditOptions? Audit { get; init; }
}
