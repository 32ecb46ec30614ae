using System.Net;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Json;
using Tests.Support;
using Tests.Unit.Schemas;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>A kind that comes, changes and goes while the control plane runs; each test has kinds of its own.</summary>
public sealed class LiveKindTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string Widget = """{"metadata":{"name":"w"},"spec":{"size":3}}""";

    [Fact]
    public async Task Kind_is_served_from_the_moment_it_comes_to_the_moment_it_goes()
    {
        var path = Path("comings");
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, path)).Code);
        Replace(Kind("comings", Widgets.Definition));
        var (code, created) = await cluster.Send(HttpMethod.Post, path, Widget);
        Assert.Equal((HttpStatusCode.Created, "red"), (code, created["spec"]!["color"]!.GetValue<string>()));
        Assert.Equal("comingsList", (await cluster.Send(HttpMethod.Get, path)).Body.Text("kind"));
        var resources = (await cluster.Send(HttpMethod.Get, "/apis/shop.example.com/v1")).Body["resources"]!.AsArray();
        Assert.Contains(resources, resource => (string?)resource!["name"] == "comings");
        Catalogue.Replace(snapshot => snapshot.Without(kind => kind.Plural == "comings"));
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{path}/w")).Code);
    }

    [Fact]
    public async Task Object_in_memory_is_held_to_the_definition_that_replaced_its_own()
    {
        var path = Path("changes");
        Replace(Kind("changes", Widgets.Definition));
        await cluster.Send(HttpMethod.Post, path, Widget);
        Replace(Kind("changes", Widgets.Definition.Replace("\"maximum\": 10", "\"maximum\": 4", StringComparison.Ordinal)));
        var (code, status) = await cluster.Send(HttpMethod.Patch, $"{path}/w", """{"spec":{"size":5}}""", "application/merge-patch+json");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "spec.size"), (code, (string?)status["details"]!["causes"]![0]!["field"]));
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Patch, $"{path}/w", """{"spec":{"size":4}}""", "application/merge-patch+json")).Code);
    }

    [Fact]
    public async Task Command_for_an_object_whose_kind_has_gone_is_answered()
    {
        var key = new Shared.Api.ObjectKey("shop.example.com", "goings", "default", "w");
        var services = cluster.Host.Services.GetRequiredService<ObjectServices>();
        var command = new DeleteObject(key, null, Propagation.Background, new("alice", "test", []));
        var result = await Akka.Actor.Futures.Ask<ObjectResult>(services.Objects, command, TimeSpan.FromSeconds(30));
        Assert.Equal(404, Assert.IsType<ObjectRejected>(result).Status.Code);
    }

    [Fact]
    public async Task Version_whose_conversion_takes_time_is_served_like_any_other()
    {
        var stored = Kind("doubles", Widgets.Definition);
        Catalogue.Replace(snapshot => snapshot.With([stored, stored with { Version = "v2", Storage = stored.GroupResource, Conversion = new Doubling() }]));
        var (v1, v2) = (Path("doubles"), Path("doubles").Replace("/v1/", "/v2/", StringComparison.Ordinal));
        var (code, created) = await cluster.Send(HttpMethod.Post, v2, """{"metadata":{"name":"a"},"spec":{"size":2}}""");
        Assert.Equal((HttpStatusCode.Created, 2), (code, (int)created["spec"]!["size"]!));
        Assert.Equal(1, (int)(await cluster.Send(HttpMethod.Get, $"{v1}/a")).Body["spec"]!["size"]!);
        await using var watch = await WatchStream.Open(cluster.Http, $"{v2}?watch=true&resourceVersion=0");
        Assert.Equal(2, (int)(await watch.Next())["object"]!["spec"]!["size"]!);
        var (patchCode, patched) = await cluster.Send(HttpMethod.Patch, $"{v2}/a", """{"spec":{"size":8}}""", "application/merge-patch+json");
        Assert.Equal((HttpStatusCode.OK, 8), (patchCode, (int)patched["spec"]!["size"]!));
        Assert.Equal(8, (int)(await watch.Next())["object"]!["spec"]!["size"]!);
        await cluster.Send(HttpMethod.Post, v1, """{"metadata":{"name":"b"},"spec":{"size":3}}""");
        var items = (await cluster.Send(HttpMethod.Get, v2)).Body["items"]!.AsArray();
        Assert.Equal([8, 6], items.Select(item => (int)item!["spec"]!["size"]!));
        Assert.All(items, item => Assert.Equal("shop.example.com/v2", (string?)item!["apiVersion"]));
    }

    [Fact]
    public async Task List_of_several_batches_is_whole()
    {
        var path = Path("many");
        Replace(Kind("many", Widgets.Definition));
        await Task.WhenAll(Enumerable.Range(0, 520).Select(i => cluster.Send(HttpMethod.Post, path, $$$"""{"metadata":{"name":"w{{{i}}}"},"spec":{"size":1}}""")));
        var items = (await cluster.Send(HttpMethod.Get, path)).Body["items"]!.AsArray();
        Assert.Equal(520, items.Select(item => (string?)item!["metadata"]!["name"]).Distinct().Count());
    }

    /// <summary>Version 2 counts by halves, and is asked of somebody who takes time.</summary>
    private sealed class Doubling : IVersionConversion
    {
        public async ValueTask<IReadOnlyList<JsonObject>> Convert(IReadOnlyList<JsonObject> objects, string from, string to)
        {
            await Task.Yield();
            foreach (var @object in objects)
            {
                @object["apiVersion"] = to;
                var size = (int)@object["spec"]!["size"]!;
                @object["spec"]!["size"] = to.EndsWith("v2", StringComparison.Ordinal) ? size * 2 : size / 2;
            }
            return objects;
        }
    }

    private KindCatalogue Catalogue => cluster.Host.Services.GetRequiredService<KindCatalogue>();

    private void Replace(KindDefinition kind) => Catalogue.Replace(snapshot => snapshot.Without(known => known.Plural == kind.Plural).With([kind]));

    private static KindDefinition Kind(string plural, string definition) => Widgets.Of(definition) with { Plural = plural, Kind = plural };

    private static string Path(string plural) => $"/apis/shop.example.com/v1/namespaces/default/{plural}";
}
