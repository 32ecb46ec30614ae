using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Access.Pki;
using Shared.Hosting;
using Xunit;

namespace Tests.Unit.Access.Pki;

public sealed class ClusterPkiTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("pki-").FullName;
    private readonly SetClock _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void Ensure_second_start_uses_what_is_there()
    {
        var first = Ensure();
        var second = Ensure();

        Assert.Equal(first.Authority.Thumbprint, second.Authority.Thumbprint);
        Assert.Equal(first.Server.Certificate.Thumbprint, second.Server.Certificate.Thumbprint);
        Assert.Equal(first.AdministratorToken, second.AdministratorToken);
        Assert.True(second.Server.Certificate.HasPrivateKey);
    }

    [Fact]
    public void Ensure_near_expiry_renews_the_certificates_and_keeps_the_authority()
    {
        var first = Ensure();
        _clock.Now += TimeSpan.FromDays(300);
        var second = Ensure();

        Assert.Equal(first.Authority.Thumbprint, second.Authority.Thumbprint);
        Assert.NotEqual(first.Administrator.Certificate.Thumbprint, second.Administrator.Certificate.Thumbprint);
        Assert.Equal(second.Administrator.Certificate.Thumbprint, Ensure().Administrator.Certificate.Thumbprint);
    }

    [Fact]
    public void Ensure_new_address_renews_the_server_certificate_only()
    {
        var first = Ensure();
        var second = Ensure(new PkiOptions { Addresses = [IPAddress.Parse("10.98.7.254")] });

        Assert.NotEqual(first.Server.Certificate.Thumbprint, second.Server.Certificate.Thumbprint);
        Assert.Equal(first.Administrator.Certificate.Thumbprint, second.Administrator.Certificate.Thumbprint);
        Assert.True(second.Server.Certificate.MatchesHostname("10.98.7.254"));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("10.96.0.1")]
    [InlineData("kubernetes.default.svc.cluster.local")]
    public void Server_certificate_names_the_ways_to_it(string host) =>
        Assert.True(Ensure().Server.Certificate.MatchesHostname(host));

    [Fact]
    public void Certificates_carry_the_user_and_its_groups()
    {
        var pki = Ensure();

        Assert.Equal("O=system:masters, CN=kubernetes-admin", Reversed(pki.Administrator.Certificate));
        Assert.Equal("O=system:masters, CN=kube-apiserver-kubelet-client", Reversed(pki.KubeletClient.Certificate));
        var node = pki.Node("n1", [IPAddress.Parse("10.98.7.1")]).Certificate;
        Assert.Equal("O=system:nodes, CN=system:node:n1", Reversed(node));
        Assert.True(node.MatchesHostname("10.98.7.1"));
    }

    [Fact]
    public void Each_process_has_its_role_and_users_have_none()
    {
        var pki = Ensure();
        Assert.True(ProcessCertificate.Has(pki.Server.Certificate, ProcessRole.Member));
        Assert.False(ProcessCertificate.Has(pki.Server.Certificate, ProcessRole.Node));
        Assert.Empty(ProcessCertificate.Roles(pki.Administrator.Certificate));
        Assert.Empty(ProcessCertificate.Roles(pki.KubeletClient.Certificate));
        var node = pki.Node("n1", []).Certificate;
        Assert.False(ProcessCertificate.Has(node, ProcessRole.Member));
        Assert.True(ProcessCertificate.IsNode(node, "n1"));
        Assert.False(ProcessCertificate.IsNode(node, "n11"));
        Assert.False(ProcessCertificate.IsNode(node, "n"));
    }

    [Fact]
    public void Certificate_of_hollow_nodes_is_good_for_their_prefix_only()
    {
        var hollow = Ensure().HollowNodes("node", []).Certificate;
        Assert.All(["node", "node-1", "node-12"], name => Assert.True(ProcessCertificate.IsNode(hollow, name)));
        Assert.All(["other-1", "nod", "nodes"], name => Assert.False(ProcessCertificate.IsNode(hollow, name)));
    }

    [Fact]
    public void Certificate_without_its_role_is_made_anew()
    {
        var pki = Ensure();
        var before = pki.Node("n1", []).Certificate.Thumbprint;
        Assert.NotEqual(before, pki.HollowNodes("n1", []).Certificate.Thumbprint);
    }

    [Fact]
    public void Certificate_of_another_authority_is_replaced()
    {
        var first = Ensure();
        File.Delete(Path.Combine(first.Folder, "ca.pem"));
        var second = Ensure();

        Assert.NotEqual(first.Authority.Thumbprint, second.Authority.Thumbprint);
        Assert.NotEqual(first.Server.Certificate.Thumbprint, second.Server.Certificate.Thumbprint);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Files_are_for_their_owner_only()
    {
        var pki = Ensure();
        pki.Node("n1", []);
        Kubeconfig.Write(Path.Combine(_data, "admin.kubeconfig"), "actors", "https://127.0.0.1:6443", pki);

        var files = Directory.GetFiles(_data, "*", SearchOption.AllDirectories);
        Assert.Equal(9, files.Length);
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void Kubeconfig_has_a_context_for_each_member_beside_the_current_one()
    {
        var pki = Ensure();
        var text = Kubeconfig.Render("actors", "https://127.0.0.1:6443", pki.Authority, pki.Administrator.Certificate, ("cp-1", "https://10.0.0.1:6443"), ("cp-2", "https://10.0.0.2:6443"));
        var config = new YamlDotNet.Serialization.Deserializer().Deserialize<Dictionary<string, object>>(text);

        Assert.Equal("kubernetes-admin@actors", config["current-context"]);
        Assert.Equal(["kubernetes-admin@actors", "kubernetes-admin@actors-cp-1", "kubernetes-admin@actors-cp-2"], Items("contexts").Select(context => context["name"]));
        Assert.Equal(["actors", "actors-cp-1", "actors-cp-2"], Items("contexts").Select(context => ((Dictionary<object, object>)context["context"])["cluster"]));
        Assert.Equal(
            ["https://127.0.0.1:6443", "https://10.0.0.1:6443", "https://10.0.0.2:6443"], Items("clusters").Select(cluster => ((Dictionary<object, object>)cluster["cluster"])["server"]));
        Assert.Single(Items("clusters").Select(cluster => ((Dictionary<object, object>)cluster["cluster"])["certificate-authority-data"]).Distinct());

        IEnumerable<Dictionary<object, object>> Items(string list) => ((List<object>)config[list]).Cast<Dictionary<object, object>>();
    }

    private ClusterPki Ensure(PkiOptions? options = null) => ClusterPki.Ensure(_data, options ?? new PkiOptions(), _clock);

    private static string Reversed(X509Certificate2 certificate) => string.Join(", ", certificate.Subject.Split(", ").OrderByDescending(part => part));

    private sealed class SetClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
