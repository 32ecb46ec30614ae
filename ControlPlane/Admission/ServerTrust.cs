using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ControlPlane.Admission;

/// <summary>Whom a server that users name is known by: the authorities they give, and no others, or those the system trusts.</summary>
internal static class ServerTrust
{
    /// <summary>How connections are made.</summary>
    /// <param name="bundle">Base64 of PEM certificates; empty: what the system trusts counts.</param>
    /// <exception cref="FormatException">It is no base64.</exception>
    /// <exception cref="CryptographicException">It holds no certificate.</exception>
    public static SslClientAuthenticationOptions Tls(string bundle)
    {
        var tls = new SslClientAuthenticationOptions();
        if (bundle.Length == 0) return tls;
        tls.CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        tls.CertificateChainPolicy.CustomTrustStore.AddRange(Authorities(bundle));
        if (tls.CertificateChainPolicy.CustomTrustStore.Count == 0) throw new CryptographicException("unable to load root certificates: unable to parse bytes as PEM block");
        return tls;
    }

    /// <summary>The certificates of a bundle; none where it has none.</summary>
    /// <inheritdoc cref="Tls" path="/exception"/>
    public static X509Certificate2Collection Authorities(string bundle)
    {
        var found = new X509Certificate2Collection();
        found.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(bundle)));
        return found;
    }
}
