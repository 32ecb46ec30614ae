using System.Security.Cryptography.X509Certificates;
using ControlPlane.Access.Pki;
using Shared.Hosting;

namespace Tests.Cluster.NodeLink;

/// <summary>An authority that lives as long as a test, and the identities it gives out.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 _certificate = CertificateAuthority.Create("test-ca", TimeSpan.FromHours(1), TimeProvider.System);

    public RemoteIdentity ControlPlane() => Issue(CertificateProfile.Server(new PkiOptions()));
    public RemoteIdentity Node(string name) => Issue(CertificateProfile.Node(name, []));
    public RemoteIdentity Issue(CertificateProfile profile) =>
        new(new CertificateAuthority(_certificate, TimeProvider.System).Issue(profile, TimeSpan.FromHours(1)), _certificate);

    public void Dispose() => _certificate.Dispose();
}
