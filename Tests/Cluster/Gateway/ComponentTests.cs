using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>What <c>kubectl get componentstatuses</c> asks for.</summary>
public sealed class ComponentTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string Components = "/api/v1/componentstatuses";

    [Fact]
    public async Task Parts_are_listed_with_their_health()
    {
        var (code, list) = await cluster.Send(HttpMethod.Get, Components);
        Assert.Equal((HttpStatusCode.OK, "ComponentStatusList", "v1"), (code, list.Text("kind"), list.Text("apiVersion")));
        Assert.Equal(["control-plane", "journal", "scheduler"], list["items"]!.AsArray().Select(item => (string?)item!["metadata"]!["name"]));
        Assert.All(list["items"]!.AsArray(), item => Assert.Equal("""[{"type":"Healthy","status":"True","message":"ok"}]""", item!["conditions"]!.ToJsonString()));
    }

    [Fact]
    public async Task One_part_is_found_by_its_name()
    {
        Assert.Equal("ComponentStatus", (await cluster.Send(HttpMethod.Get, $"{Components}/journal")).Body.Text("kind"));
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{Components}/etcd")).Code);
        Assert.Single((await cluster.Send(HttpMethod.Get, $"{Components}?fieldSelector=metadata.name%3Djournal")).Body["items"]!.AsArray());
    }

    [Fact]
    public async Task Table_has_the_columns_kubectl_shows()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Components);
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("application/json;as=Table;v=v1;g=meta.k8s.io"));
        using var response = await cluster.Http.SendAsync(request);
        var table = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(["Name", "Status", "Message", "Error"], table["columnDefinitions"]!.AsArray().Select(column => (string?)column!["name"]));
        Assert.Equal("""["journal","Healthy","ok",""]""", table["rows"]![1]!["cells"]!.ToJsonString());
        Assert.Contains("deprecated", response.Headers.GetValues("Warning").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_cannot_be_watched() => Assert.Equal(HttpStatusCode.MethodNotAllowed, (await cluster.Send(HttpMethod.Get, $"{Components}?watch=true")).Code);
}
