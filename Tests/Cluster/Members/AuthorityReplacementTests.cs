using System.Net;
using ControlPlane.Access.Pki;
using ControlPlane.Hosting;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Members;

/// <summary>Members of which some show certificates of the old authority and some of the new one.</summary>
public sealed class AuthorityReplacementTests : IAsyncLifetime
{
    private readonly ControlPlaneMembers _cluster = new Two();

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Members_of_both_authorities_work_together_and_one_that_knows_only_the_old_is_not_let_in()
    {
        var stale = _cluster.NewOptions();
        var folder = Directory.CreateDirectory(Path.Combine(stale.DataDirectory, "next")).FullName;
        var file = Path.Combine(folder, "ca.pem");
        ClusterPki.MakeAuthority(file, new(), TimeProvider.System);
        var next = await File.ReadAllTextAsync(file);
        Directory.Delete(folder, recursive: true);
        foreach (var member in _cluster.Members) Files(member.Options).Trust(next);

        // The second is started anew, with a certificate of the new authority.
        var second = _cluster.Members[1];
        await _cluster.Stop(second);
        Files(second.Options).Sign(next);
        second = await _cluster.Start(second.Options);
        await _cluster.Settled();
        foreach (var member in _cluster.Members)
        {
            for (var i = 0; i < 20; i++)
            {
                // Half of them are hosted by the other.
                var map = $$"""{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "m-{{member.Options.Port}}-{{i}}" } }""";
                Assert.Equal(HttpStatusCode.Created, (await member.Send(HttpMethod.Post, "/api/v1/namespaces/default/configmaps", map)).Code);
            }
        }

        var refusal = await Assert.ThrowsAsync<ForeignIdentityException>(() => _cluster.Start(stale));
        Assert.Contains("pki/ca.pem holds another authority", refusal.Message, StringComparison.Ordinal);
    }

    private static AuthorityFiles Files(ControlPlaneOptions options) => new(Path.Combine(options.DataDirectory, "pki"));

    private sealed class Two : ControlPlaneMembers
    {
        protected override int Count => 2;
    }
}
