using System.Net;
using ControlPlane.Hosting;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Members;

/// <summary>Who may work on a database: only who has the keys of its cluster.</summary>
public sealed class SharedIdentityTests : IClassFixture<SharedIdentityTests.One>
{
    private readonly One _cluster;

    public SharedIdentityTests(One cluster) => _cluster = cluster;

    [Theory]
    [InlineData("pki/ca.pem")]
    [InlineData("pki/agents.key")]
    [InlineData("secrets.keys")]
    public async Task Control_plane_with_another_key_does_not_start_and_says_which_and_what_to_do(string file)
    {
        var options = _cluster.NewOptions(except: file);
        var refusal = await Assert.ThrowsAsync<ForeignIdentityException>(() => _cluster.Start(options));
        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Copy", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_plane_with_the_clusters_keys_reads_what_others_encrypted()
    {
        var secret = """{ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "s" }, "stringData": { "a": "b" } }""";
        Assert.Equal(HttpStatusCode.Created, (await _cluster.Members[0].Send(HttpMethod.Post, "/api/v1/namespaces/default/secrets", secret)).Code);
        var second = await _cluster.Start();
        Assert.Equal("Yg==", (string?)(await second.Send(HttpMethod.Get, "/api/v1/namespaces/default/secrets/s")).Body["data"]!["a"]);
    }

    [Fact]
    public void Key_that_only_one_has_yet_is_no_fault_and_one_that_it_lacks_is()
    {
        var cluster = new Dictionary<string, string> { ["key 1"] = "a" };
        Assert.Empty(SharedIdentity.Faults(new Dictionary<string, string> { ["key 1"] = "a", ["key 2"] = "b" }, cluster));
        Assert.Equal(["secrets.keys lacks key 1"], SharedIdentity.Faults(new Dictionary<string, string> { ["key 2"] = "b" }, cluster));
        Assert.Equal(["secrets.keys has another key 1"], SharedIdentity.Faults(new Dictionary<string, string> { ["key 1"] = "b" }, cluster));
    }

    /// <summary>One member, and others that try to be.</summary>
    public sealed class One : ControlPlaneMembers
    {
        protected override int Count => 1;
    }
}
