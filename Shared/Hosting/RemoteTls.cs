using System.Security.Cryptography.X509Certificates;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace Shared.Hosting;

/// <summary>
/// Mutual TLS for Akka.Remote. Both ends show a certificate; it must be signed by the cluster's authority, be valid now, and belong to a process:
/// a control plane (<c>kube-apiserver</c>) or a node (<c>system:node:NAME</c> of <c>system:nodes</c>). A user's certificate of the same authority does not do.
/// </summary>
public static class RemoteTls
{
    /// <summary>The common name of a control plane's certificate.</summary>
    public const string ControlPlaneName = "kube-apiserver";

    /// <summary>Turns TLS on; goes with <see cref="Setup"/>. Addresses then begin with <c>akka.ssl.tcp</c>.</summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.enable-ssl = true");

    /// <summary>The certificate and the rules for the peer's, for the actor system's bootstrap.</summary>
    public static DotNettySslSetup Setup(RemoteIdentity identity, TimeProvider clock)
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
                if (IsProcess(certificate) && IsSigned(certificate, authority, clock.GetUtcNow())) return true;
                log.Warning("Refused {0}: its certificate [{1}] is not one of a process of this cluster.", peer, certificate.Subject);
                return false;
            });
    }

    /// <summary>Whether the certificate names a control plane or a node.</summary>
    public static bool IsProcess(X509Certificate2 certificate)
    {
        var names = certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(part => !part.HasMultipleElements)
            .Select(part => (Oid: part.GetSingleElementType().Value, Value: part.GetSingleElementValue()))
            .ToArray();
        var common = names.Where(part => part.Oid == "2.5.4.3").Select(part => part.Value).ToArray();
        if (common is [ControlPlaneName]) return true;
        return common is [{ } name] && name.StartsWith("system:node:", StringComparison.Ordinal)
            && names.Any(part => part.Oid == "2.5.4.10" && part.Value == "system:nodes");
    }

    private static bool IsSigned(X509Certificate2 certificate, X509Certificate2 authority, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.LocalDateTime;
        return chain.Build(certificate);
    }
}
