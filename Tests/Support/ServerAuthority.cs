using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Tests.Support;

/// <summary>An authority of a test's own, and a certificate of it for a server on loopback.</summary>
internal sealed class ServerAuthority : IDisposable
{
    private readonly X509Certificate2 _authority;

    /// <param name="names">The DNS names the server's certificate is for, beside its address.</param>
    public ServerAuthority(params string[] names)
    {
        _authority = SelfSigned();
        Server = Signed(_authority, names);
    }

    /// <summary>The server's certificate, with its key.</summary>
    public X509Certificate2 Server { get; }

    /// <summary>The authority's certificate as a <c>caBundle</c> names it.</summary>
    public string Bundle => BundleOf(_authority);

    /// <summary>The certificate of an authority that has signed nothing here.</summary>
    public static string OtherBundle()
    {
        using var other = SelfSigned();
        return BundleOf(other);
    }

    public void Dispose()
    {
        Server.Dispose();
        _authority.Dispose();
    }

    private static string BundleOf(X509Certificate2 authority) => Convert.ToBase64String(Encoding.ASCII.GetBytes(authority.ExportCertificatePem()));

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=test authority {Guid.NewGuid():N}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Signed(X509Certificate2 authority, string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test server", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        alternatives.AddIpAddress(IPAddress.Loopback);
        foreach (var name in names) alternatives.AddDnsName(name);
        request.CertificateExtensions.Add(alternatives.Build());
        using var signed = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-12), DateTimeOffset.UtcNow.AddHours(12), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
