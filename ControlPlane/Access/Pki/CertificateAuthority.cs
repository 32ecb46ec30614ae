using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shared.Hosting;

namespace ControlPlane.Access.Pki;

/// <summary>Signs certificates with an ECDSA P-256 key. Pure but for the random keys and serial numbers it makes.</summary>
public sealed class CertificateAuthority(X509Certificate2 certificate, TimeProvider clock)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    // A clock that is behind, or is set back by less than this, must not make certificates that were made just now ones of the future. What is issued is valid
    // from when the authority is, as kubeadm does it.
    private static readonly TimeSpan Backdated = TimeSpan.FromDays(1);

    /// <summary>The authority's own certificate, with its private key.</summary>
    public X509Certificate2 Certificate { get; } = certificate;

    /// <summary>Makes a self-signed authority.</summary>
    public static X509Certificate2 Create(string commonName, TimeSpan lifetime, TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={commonName}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = clock.GetUtcNow();
        return request.CreateSelfSigned(now - Backdated, now + lifetime);
    }

    /// <summary>Makes a key and signs a certificate for it. The result holds the private key.</summary>
    public X509Certificate2 Issue(CertificateProfile profile, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = Sign(profile, new PublicKey(key), lifetime);
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>Signs a certificate for a key that is elsewhere.</summary>
    public X509Certificate2 Sign(CertificateProfile profile, PublicKey key, TimeSpan lifetime) => Sign(
        Subject(profile), key, X509KeyUsageFlags.DigitalSignature, Usages(profile), profile.IsServer || profile.Roles.Length > 0 ? AlternativeNames(profile) : null, lifetime);

    /// <summary>Signs a certificate for a key that is elsewhere, of just this subject, for just these usages and names. It is none of an authority.</summary>
    public X509Certificate2 Sign(X500DistinguishedName subject, PublicKey key, X509KeyUsageFlags keyUsages, OidCollection usages, X509Extension? names, TimeSpan lifetime)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(keyUsages, true));
        if (usages.Count > 0) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        if (names is not null) request.CertificateExtensions.Add(names);

        var now = clock.GetUtcNow();
        var notAfter = now + lifetime;
        if (notAfter > Certificate.NotAfter) notAfter = Certificate.NotAfter;
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        return request.Create(Certificate, Certificate.NotBefore, notAfter, serial);
    }

    /// <summary>Whether <paramref name="certificate"/> is signed by this authority, not near its end, and says what <paramref name="profile"/> asks.</summary>
    public bool StillServes(X509Certificate2 certificate, CertificateProfile profile, TimeSpan lifetime)
    {
        if (certificate.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime < lifetime / 5) return false;
        if (certificate.Subject != Subject(profile).Name) return false;
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        if (profile.DnsNames.Any(name => names is null || !names.EnumerateDnsNames().Contains(name))) return false;
        if (profile.Addresses.Any(address => names is null || !names.EnumerateIPAddresses().Contains(address))) return false;
        if (!ProcessCertificate.Roles(certificate).Order(StringComparer.Ordinal).SequenceEqual(profile.Roles.Order(StringComparer.Ordinal))) return false;
        return ProcessCertificate.IsSigned(certificate, Certificate, clock.GetUtcNow());
    }

    private static X500DistinguishedName Subject(CertificateProfile profile)
    {
        var name = new X500DistinguishedNameBuilder();
        foreach (var organization in profile.Organizations) name.AddOrganizationName(organization);
        name.AddCommonName(profile.CommonName);
        return name.Build();
    }

    private static OidCollection Usages(CertificateProfile profile)
    {
        var usages = new OidCollection { new Oid(ClientAuthentication) };
        if (profile.IsServer) usages.Add(new Oid(ServerAuthentication));
        return usages;
    }

    private static X509Extension AlternativeNames(CertificateProfile profile)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in profile.DnsNames.Distinct()) builder.AddDnsName(name);
        foreach (var address in profile.Addresses.Distinct()) builder.AddIpAddress(address);
        foreach (var role in profile.Roles.Distinct()) builder.AddUri(new Uri(role));
        return new X509SubjectAlternativeNameExtension(builder.Build().RawData);
    }
}
