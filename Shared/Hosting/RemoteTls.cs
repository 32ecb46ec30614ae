using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace Shared.Hosting;

/// <summary>
/// Mutual TLS for Akka.Remote. Both ends show a certificate; it must be signed by the cluster's authority, be valid now, and have the role that is expected of a
/// peer here (<see cref="ProcessCertificate"/>): members hear members, agents hear members, and what listens for agents hears agents.
/// </summary>
public static class RemoteTls
{
    /// <summary>Turns TLS on; goes with <see cref="Setup"/>. Addresses then begin with <c>akka.ssl.tcp</c>.</summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.enable-ssl = true");

    /// <summary>The certificate and the rules for the peer's, for the actor system's bootstrap.</summary>
    /// <param name="peers">What every peer must be.</param>
    public static DotNettySslSetup Setup(RemoteIdentity identity, ProcessRole peers, TimeProvider clock)
    {
        var authority = identity.Authority;
        return new DotNettySslSetup(
            identity.Own,
            suppressValidation: false,
            requireMutualAuthentication: true,
            (certificate, _, peer, _, log) =>
            {
                if (certificate is null)
                {
                    log.Warning("Refused {0}: it shows no certificate.", peer);
                    return false;
                }
                if (ProcessCertificate.Has(certificate, peers) && ProcessCertificate.IsSigned(certificate, authority, clock.GetUtcNow())) return true;
                log.Warning("Refused {0}: its certificate [{1}] is not one of a {2} of this cluster.", peer, certificate.Subject, peers);
                return false;
            });
    }
}
