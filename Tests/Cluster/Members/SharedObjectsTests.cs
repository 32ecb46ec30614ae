using System.Net;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Members;

/// <summary>Three control planes of one cluster, seen through all their gateways.</summary>
public sealed class SharedObjectsTests(ControlPlaneMembers cluster) : IClassFixture<ControlPlaneMembers>
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task Objects_are_written_through_every_gateway_and_read_at_once_through_all()
    {
        for (var i = 0; i < 30; i++)
        {
            var (writer, reader) = (cluster.Members[i % 3], cluster.Members[(i + 1) % 3]);
            Assert.Equal(HttpStatusCode.Created, (await writer.Send(HttpMethod.Post, ConfigMaps, Body($"a-{i}", "1"))).Code);
            Assert.Equal("1", (string?)(await reader.Send(HttpMethod.Get, $"{ConfigMaps}/a-{i}")).Body["data"]!["value"]);
            Assert.Equal(HttpStatusCode.OK, (await reader.Send(HttpMethod.Patch, $"{ConfigMaps}/a-{i}", """{"data":{"value":"2"}}""", "application/merge-patch+json")).Code);
            Assert.Equal("2", (string?)(await writer.Send(HttpMethod.Get, $"{ConfigMaps}/a-{i}")).Body["data"]!["value"]);
        }
        foreach (var member in cluster.Members) Assert.True((await member.Send(HttpMethod.Get, ConfigMaps)).Body["items"]!.AsArray().Count(item => ((string)item!["metadata"]!["name"]!).StartsWith("a-", StringComparison.Ordinal)) == 30);
    }

    [Fact]
    public void Every_shard_has_one_host()
    {
        Assert.Equal(0, cluster.Members[0].Hosted.Set & cluster.Members[1].Hosted.Set);
        Assert.Equal(0, cluster.Members[0].Hosted.Set & cluster.Members[2].Hosted.Set);
        Assert.All(cluster.Members, member => Assert.NotEqual(0, member.Hosted.Set));
    }

    private static string Body(string name, string value) => $$"""{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "{{name}}" }, "data": { "value": "{{value}}" } }""";
}
