using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using ControlPlane.Access.Joining;
using ControlPlane.Access.Pki;
using ControlPlane.Hosting;
using NodeActor.Hosting;
using Shared.Hosting;
using Shared.Joining;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Machines that join by a token, over the network, and those that may not.</summary>
public sealed class JoinTests : IAsyncLifetime
{
    private const string Tokens = "/api/v1/namespaces/kube-system/secrets";
    private readonly ControlPlaneFixture _plane = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actors-test-");

    public Task InitializeAsync() => _plane.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _plane.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Member_gets_what_members_share_and_nobody_else_may_read_it()
    {
        var ticket = await Ticket(JoinPurpose.ControlPlane);
        var seeds = await MemberJoin.Ensure(_folder.FullName, ticket, default);
        Assert.Equal($"127.0.0.1:{_plane.Options.RemotePort}", Assert.Single(seeds));
        foreach (var name in SharedFiles.Names)
        {
            var file = Path.Combine(_folder.FullName, name);
            Assert.Equal(await File.ReadAllTextAsync(Path.Combine(_plane.Options.DataDirectory, name)), await File.ReadAllTextAsync(file));
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        // The same command line starts it again when the token is gone, and is refused for another cluster.
        var gone = ticket with { Token = BootstrapToken.New() };
        Assert.Equal<string>(seeds, await MemberJoin.Ensure(_folder.FullName, gone, default));
        await Refused("another cluster", () => MemberJoin.Ensure(_folder.FullName, ticket with { AuthorityHash = new('0', 64) }, default));
    }

    [Fact]
    public async Task Node_gets_a_certificate_for_a_key_that_stays_with_it()
    {
        var ticket = await Ticket(JoinPurpose.Node);
        var joined = await NodeJoin.Ensure(_folder.FullName, "joined-1", "10.1.2.3", ticket, default);
        Assert.Equal($"127.0.0.1:{_plane.Options.AgentPort}", Assert.Single(joined.Seeds));
        var identity = RemoteIdentity.Load(joined.AuthorityFile, joined.CertificateFile);
        Assert.True(identity.Own.HasPrivateKey);
        Assert.True(ProcessCertificate.IsNode(identity.Own, "joined-1"));
        Assert.False(ProcessCertificate.IsNode(identity.Own, "joined-2"));
        Assert.False(ProcessCertificate.Has(identity.Own, ProcessRole.Member));
        Assert.True(ProcessCertificate.IsSigned(identity.Own, _plane.Host.Pki.Authority, DateTimeOffset.UtcNow));
        Assert.Contains(IPAddress.Parse("10.1.2.3"), identity.Own.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateIPAddresses());
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(joined.CertificateFile));

        // The same command line, when the token is gone, brings another certificate of the same node, and the authorities as they are then.
        new AuthorityFiles(_plane.Host.Pki.Folder).Trust(await File.ReadAllTextAsync(Next()));
        var gone = ticket with { Token = BootstrapToken.New() };
        Assert.Equal<string>(joined.Seeds, (await NodeJoin.Ensure(_folder.FullName, "joined-1", "10.1.2.3", gone, default)).Seeds);
        var again = RemoteIdentity.Load(joined.AuthorityFile, joined.CertificateFile);
        Assert.NotEqual(identity.Own.Thumbprint, again.Own.Thumbprint);
        Assert.True(ProcessCertificate.IsNode(again.Own, "joined-1"));
        Assert.Contains(IPAddress.Parse("10.1.2.3"), again.Own.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateIPAddresses());
        Assert.Equal(2, again.Authority.Certificates.Count);
        await Refused("another cluster", () => NodeJoin.Ensure(_folder.FullName, "joined-1", "10.1.2.3", gone with { AuthorityHash = new('0', 64) }, default));

        // A control plane that can't be asked changes nothing, and who is no single node gets nothing.
        await NodeJoin.Ensure(_folder.FullName, "joined-1", "10.1.2.3", gone with { Port = 1 }, default);
        Assert.Equal(again.Own.Thumbprint, RemoteIdentity.Load(joined.AuthorityFile, joined.CertificateFile).Own.Thumbprint);
        var many = new RemoteIdentity(_plane.Host.Pki.HollowNodes("many", [IPAddress.Loopback]).Certificate, _plane.Host.Pki.Authority);
        await Refused("certificate of one node", () => new JoinClient(gone).Renew(many, new JsonObject(), default));
        await Refused("certificate of one node", () => new JoinClient(gone).Renew(many with { Own = _plane.Host.Pki.Administrator.Certificate }, new JsonObject(), default));
    }

    [Fact]
    public async Task Whoever_may_not_join_is_told_why_and_gets_nothing()
    {
        var node = await Ticket(JoinPurpose.Node);
        await Refused("another purpose", () => MemberJoin.Ensure(_folder.FullName, node, default));
        await Refused("another purpose", async () => await Node(await Ticket(JoinPurpose.ControlPlane)));
        await Refused("not known", () => Node(node with { Token = BootstrapToken.New() }));
        await Refused("not known", () => Node(node with { Token = node.Token with { Secret = new('0', 16) } }));

        // Nothing is shown to a cluster that is another one, and so nothing counts as wrong there.
        await Refused("wrong hash", () => Node(node with { AuthorityHash = new('0', 64) }));
        await Refused("wrong hash", () => MemberJoin.Ensure(_folder.FullName, node with { AuthorityHash = new('0', 64) }, default));
        await Refused("can't be asked", () => Node(node with { Port = 1 }));

        // What a good token asks for must be right too.
        await Refused("not the name of a node", () => new JoinClient(node).Join(JoinPaths.Node, new JsonObject { ["name"] = "../x" }, default));
        await Refused("not a certificate request", () => new JoinClient(node).Join(JoinPaths.Node, new JsonObject { ["name"] = "x", ["address"] = "10.0.0.1", ["request"] = "x" }, default));
        Assert.Equal(HttpStatusCode.Created, (await _plane.Send(HttpMethod.Post, "/api/v1/nodes", """{ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "taken" } }""")).Code);
        await Refused("delete it first", () => NodeJoin.Ensure(_folder.FullName, "taken", "10.0.0.1", node, default));
        Assert.Empty(_folder.GetFileSystemInfos());

        // One more that is wrong, and this address has to wait, whatever it shows.
        await Refused("not known", () => Node(node with { Token = BootstrapToken.New() }));
        await Refused("too many tokens", () => Node(node));
    }

    [Fact]
    public async Task Token_is_deleted_when_its_time_is_over()
    {
        var token = BootstrapToken.New();
        Assert.Equal(HttpStatusCode.Created, (await _plane.Send(HttpMethod.Post, Tokens, BootstrapTokenSecret.Render(token, JoinPurpose.Node, DateTimeOffset.UtcNow.AddMinutes(-1)).ToJsonString())).Code);
        await ControlPlaneMembers.Until("the token to be deleted", async () => (await _plane.Send(HttpMethod.Get, $"{Tokens}/bootstrap-token-{token.Id}")).Code == HttpStatusCode.NotFound);
    }

    private string Next()
    {
        var file = Path.Combine(_folder.FullName, "next.pem");
        ClusterPki.MakeAuthority(file, new(), TimeProvider.System);
        return file;
    }

    private Task<JoinedNode> Node(JoinTicket ticket) => NodeJoin.Ensure(_folder.FullName, "x", "10.0.0.1", ticket, default);

    private async Task<JoinTicket> Ticket(JoinPurpose purpose)
    {
        var token = BootstrapToken.New();
        var (code, body) = await _plane.Send(HttpMethod.Post, Tokens, BootstrapTokenSecret.Render(token, purpose, DateTimeOffset.UtcNow.AddMinutes(15)).ToJsonString());
        Assert.True(code == HttpStatusCode.Created, body.ToJsonString());
        return new(token, AuthorityHash.Of(_plane.Host.Pki.Authority), "127.0.0.1", _plane.Options.Port);
    }

    private static async Task Refused(string why, Func<Task> join) => Assert.Contains(why, (await Assert.ThrowsAsync<JoinRefusedException>(join)).Message, StringComparison.Ordinal);
}
