using System.Net;
using System.Text.Json.Nodes;
using Shared.Json;
using Shared.Processes;
using Tests.Support;
using Tests.Unit.CustomResources;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Kinds that users bring, from their definition to their end. Each test has a kind of its own.</summary>
public sealed class CustomResourceTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string All = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Merge = "application/merge-patch+json";

    [Fact]
    public async Task Kind_is_usable_once_it_is_established_and_like_any_other()
    {
        await Established("abacuses", "Abacus");
        var path = Path("abacuses");
        var (code, made) = await cluster.Send(HttpMethod.Post, path, """{"apiVersion":"shop.example.com/v1","kind":"Abacus","metadata":{"name":"a"},"spec":{"size":3},"status":{"copies":9}}""");
        Assert.Equal(HttpStatusCode.Created, code);
        Assert.Equal(("red", 1, false), (made.Text("spec", "color"), made.Number("metadata", "generation"), made.Has("status")));
        (code, var refusal) = await cluster.Send(HttpMethod.Post, path, """{"metadata":{"name":"b"},"spec":{"size":11,"color":"blue"}}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal(["spec.color", "spec.size"], refusal.Objects("details", "causes").Select(cause => cause.Text("field")).Order());
        (code, _) = await cluster.Send(HttpMethod.Put, $"{path}/a/status", """{"metadata":{"name":"a"},"spec":{"size":7},"status":{"copies":2,"selector":"app=a","ready":true}}""");
        Assert.Equal(HttpStatusCode.OK, code);
        (code, var scaled) = await cluster.Send(HttpMethod.Patch, $"{path}/a/scale", """{"spec":{"replicas":5}}""", Merge);
        Assert.Equal((HttpStatusCode.OK, 5, 2, "app=a"), (code, scaled.Number("spec", "replicas"), scaled.Number("status", "replicas"), scaled.Text("status", "selector")));
        var (_, read) = await cluster.Send(HttpMethod.Get, $"{path}/a");
        Assert.Equal((5, 3, 2), (read.Number("spec", "copies"), read.Number("spec", "size"), read.Number("metadata", "generation")));
        var (_, list) = await cluster.Send(HttpMethod.Get, $"{path}?fieldSelector=spec.color=red");
        Assert.Equal(("AbacusList", 1), (list.Text("kind"), list.Items("items").Count));
        Assert.Empty((await cluster.Send(HttpMethod.Get, $"{path}?fieldSelector=spec.color=green")).Body.Items("items"));
        Assert.Equal(HttpStatusCode.BadRequest, (await cluster.Send(HttpMethod.Get, $"{path}?fieldSelector=spec.size=3")).Code);
    }

    [Fact]
    public async Task Items_are_merged_by_the_keys_their_definition_names()
    {
        await Established("bundles", "Bundle");
        const string Apply = "application/apply-patch+yaml";
        var path = $"{Path("bundles")}/b";
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Patch, $"{path}?fieldManager=one", """{"spec":{"parts":[{"name":"x","weight":1}]}}""", Apply)).Code);
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Patch, $"{path}?fieldManager=two", """{"spec":{"parts":[{"name":"y","weight":2}]}}""", Apply)).Code);
        var (_, both) = await cluster.Send(HttpMethod.Get, path);
        Assert.Equal(["x", "y"], both.Objects("spec", "parts").Select(part => part.Text("name")).Order());
        var (code, conflict) = await cluster.Send(HttpMethod.Patch, $"{path}?fieldManager=two", """{"spec":{"parts":[{"name":"x","weight":3}]}}""", Apply);
        Assert.Equal((HttpStatusCode.Conflict, ".spec.parts[name=\"x\"].weight"), (code, conflict.Objects("details", "causes").Single().Text("field")));
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Patch, $"{path}?fieldManager=two", "{}", Apply)).Code);
        Assert.Equal(["x"], (await cluster.Send(HttpMethod.Get, path)).Body.Objects("spec", "parts").Select(part => part.Text("name")));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await cluster.Send(HttpMethod.Patch, path, "{}", "application/strategic-merge-patch+json")).Code);
    }

    [Fact]
    public async Task Versions_come_and_are_deprecated_and_hold_the_same_objects()
    {
        await Established("cups", "Cup");
        await cluster.Send(HttpMethod.Post, Path("cups"), """{"metadata":{"name":"c"},"spec":{"size":1}}""");
        var (code, _) = await cluster.Send(HttpMethod.Put, $"{All}/cups.shop.example.com", Definitions.Widgets(definition =>
        {
            var next = definition.Version().DeepClone().AsObject();
            next["name"] = "v2";
            (definition.Version()["storage"], definition.Version()["deprecated"]) = (false, true);
            definition["spec"]!["versions"]!.AsArray().Add(next);
        }, "cups", "Cup").ToJsonString());
        Assert.Equal(HttpStatusCode.OK, code);
        var v2 = Path("cups").Replace("/v1/", "/v2/", StringComparison.Ordinal);
        await ControlPlaneMembers.Until("v2 is served", async () => (await cluster.Send(HttpMethod.Get, v2)).Code is HttpStatusCode.OK);
        Assert.Equal("shop.example.com/v2", (await cluster.Send(HttpMethod.Get, $"{v2}/c")).Body.Text("apiVersion"));
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, v2, """{"metadata":{"name":"d"},"spec":{"size":2}}""")).Code);
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Patch, $"{v2}/c", """{"spec":{"size":4}}""", Merge)).Code);
        var (_, old) = await cluster.Send(HttpMethod.Get, Path("cups"));
        Assert.Equal([("shop.example.com/v1", 4L), ("shop.example.com/v1", 2L)], old.Objects("items").Select(cup => (cup.Text("apiVersion"), cup.Number("spec", "size") ?? 0)));
        using var answer = await cluster.Http.GetAsync(Path("cups"));
        Assert.Contains("shop.example.com/v1 Cup is deprecated", answer.Headers.GetValues("Warning").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_converts_versions_and_what_it_does_wrong_is_told()
    {
        await using var server = new WebhookServer();
        await server.Start();

        // Version 2 counts in halves.
        server.Answer("convert", request => Converted(request, made => made["spec"]!["size"] = (made.Number("spec", "size") ?? 0) * (request.Text("desiredAPIVersion").EndsWith("v2", StringComparison.Ordinal) ? 2 : 1) / (request.Text("desiredAPIVersion").EndsWith("v1", StringComparison.Ordinal) ? 2 : 1)));
        var definition = Definitions.Widgets(made =>
        {
            // Nobody else asks for it: in the end nobody answers.
            made["spec"]!["names"]!.AsObject().Remove("categories");
            var next = made.Version().DeepClone().AsObject();
            (next["name"], next["storage"]) = ("v2", false);
            made["spec"]!["versions"]!.AsArray().Add(next);
            made["spec"]!["conversion"] = JsonNode.Parse($$$$"""{"strategy":"Webhook","webhook":{"conversionReviewVersions":["v1"],"clientConfig":{"url":"{{{{server.Url("convert")}}}}","caBundle":"{{{{server.CaBundle}}}}"}}}""");
        }, "knives", "Knife");
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, All, definition.ToJsonString())).Code);
        var (v1, v2) = (Path("knives"), Path("knives").Replace("/v1/", "/v2/", StringComparison.Ordinal));
        await ControlPlaneMembers.Until("both are served", async () => (await cluster.Send(HttpMethod.Get, v2)).Code is HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, v2, """{"metadata":{"name":"h"},"spec":{"size":8}}""")).Code);
        Assert.Equal(4, (await cluster.Send(HttpMethod.Get, $"{v1}/h")).Body.Number("spec", "size"));
        var (code, patched) = await cluster.Send(HttpMethod.Patch, $"{v2}/h", """{"spec":{"size":6}}""", Merge);
        Assert.Equal((HttpStatusCode.OK, 6), (code, patched.Number("spec", "size")));
        Assert.Equal((3, "shop.example.com/v1"), ((await cluster.Send(HttpMethod.Get, v1)).Body.Objects("items").Single().Number("spec", "size"), (await cluster.Send(HttpMethod.Get, $"{v1}/h")).Body.Text("apiVersion")));
        Assert.Equal(6, (await cluster.Send(HttpMethod.Get, v2)).Body.Objects("items").Single().Number("spec", "size"));

        server.Answer("convert", request => Converted(request, made => made.Metadata()["name"] = "other"));
        (code, var told) = await cluster.Send(HttpMethod.Get, $"{v2}/h");
        Assert.Equal((HttpStatusCode.InternalServerError, "conversion webhook for shop.example.com/v1, Kind=Knife failed: returned invalid converted object: metadata.name was changed"), (code, told.Text("message")));
        server.Answer("convert", _ => new JsonObject { ["result"] = new JsonObject { ["status"] = "Failure", ["message"] = "no such size" } });
        (code, told) = await cluster.Send(HttpMethod.Patch, $"{v2}/h", """{"spec":{"size":2}}""", Merge);
        Assert.Equal((HttpStatusCode.InternalServerError, "conversion webhook for shop.example.com/v1, Kind=Knife failed: no such size"), (code, told.Text("message")));
        await server.Stop();
        (code, told) = await cluster.Send(HttpMethod.Get, v2);
        Assert.Equal(HttpStatusCode.InternalServerError, code);
        Assert.Contains("connection refused", told.Text("message"), StringComparison.Ordinal);

        await using var watch = await WatchStream.Open(cluster.Http, $"{v2}?watch=1");
        Assert.Equal("ERROR", (await watch.Next()).Text("type"));
        Assert.Null(await watch.End());

        // The stored version needs nobody.
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Patch, $"{v1}/h", """{"spec":{"size":5}}""", Merge)).Code);

        static JsonObject Converted(JsonObject request, Action<JsonObject> change)
        {
            JsonNode[] made = [.. request.Objects("objects").Select(@object =>
            {
                var next = @object.DeepClone().AsObject();
                next["apiVersion"] = request.Text("desiredAPIVersion");
                change(next);
                return (JsonNode)next;
            })];
            return new() { ["convertedObjects"] = new JsonArray(made), ["result"] = new JsonObject { ["status"] = "Success" } };
        }
    }

    [Fact]
    public async Task A_stricter_schema_does_not_lock_what_breaks_it_elsewhere()
    {
        await Established("dishes", "Dish");
        await cluster.Send(HttpMethod.Post, Path("dishes"), """{"metadata":{"name":"d"},"spec":{"size":9}}""");
        await cluster.Send(HttpMethod.Put, $"{All}/dishes.shop.example.com", Definitions.Widgets(definition =>
            definition.Version()["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!["size"]!["maximum"] = 5, "dishes", "Dish").ToJsonString());
        await ControlPlaneMembers.Until("it is refused anew", async () => (await cluster.Send(HttpMethod.Post, $"{Path("dishes")}?dryRun=All", """{"metadata":{"name":"e"},"spec":{"size":9}}""")).Code is HttpStatusCode.UnprocessableEntity);
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Patch, $"{Path("dishes")}/d", """{"spec":{"color":"green"}}""", Merge)).Code);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await cluster.Send(HttpMethod.Patch, $"{Path("dishes")}/d", """{"spec":{"size":8}}""", Merge)).Code);
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Patch, $"{Path("dishes")}/d", """{"spec":{"size":3}}""", Merge)).Code);
    }

    [Fact]
    public async Task A_definition_goes_after_its_objects_and_their_finalizers()
    {
        await Established("eggs", "Egg");
        await cluster.Send(HttpMethod.Post, Path("eggs"), """{"metadata":{"name":"held","finalizers":["example.com/hold"]},"spec":{}}""");
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => cluster.Send(HttpMethod.Post, Path("eggs"), $$$"""{"metadata":{"name":"e{{{i}}}"},"spec":{}}""")));
        var (code, _) = await cluster.Send(HttpMethod.Delete, $"{All}/eggs.shop.example.com");
        Assert.Equal(HttpStatusCode.OK, code);
        await ControlPlaneMembers.Until("only the held one is left", async () => (await cluster.Send(HttpMethod.Get, Path("eggs"))).Body.Items("items").Count == 1);
        await ControlPlaneMembers.Until("it says what it waits for", async () => Condition((await cluster.Send(HttpMethod.Get, $"{All}/eggs.shop.example.com")).Body, "Terminating").Text("reason") == "InstanceDeletionInProgress");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await cluster.Send(HttpMethod.Post, Path("eggs"), """{"metadata":{"name":"late"},"spec":{}}""")).Code);
        await cluster.Send(HttpMethod.Patch, $"{Path("eggs")}/held", """{"metadata":{"finalizers":null}}""", Merge);
        await ControlPlaneMembers.Until("the definition is gone", async () => (await cluster.Send(HttpMethod.Get, $"{All}/eggs.shop.example.com")).Code is HttpStatusCode.NotFound);
        await ControlPlaneMembers.Until("so is its path", async () => (await cluster.Send(HttpMethod.Get, Path("eggs"))).Code is HttpStatusCode.NotFound);

        // And it can come again, with nothing of what was.
        await Established("eggs", "Egg");
        Assert.Empty((await cluster.Send(HttpMethod.Get, Path("eggs"))).Body.Items("items"));
    }

    [Fact]
    public async Task Names_that_are_taken_are_not_accepted_until_they_are_free()
    {
        await Established("forks", "Fork");
        await cluster.Send(HttpMethod.Post, All, Definitions.Widgets(definition => definition["spec"]!["names"]!["shortNames"] = new JsonArray("fk2"), "forklets", "Fork").ToJsonString());
        await ControlPlaneMembers.Until("the names are not accepted", async () => Condition((await cluster.Send(HttpMethod.Get, $"{All}/forklets.shop.example.com")).Body, "NamesAccepted") is { } condition
            && (condition.Text("status"), condition.Text("reason"), condition.Text("message")) == ("False", "ListKindConflict", "\"ForkList\" is already in use"));
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, Path("forklets"))).Code);
        await cluster.Send(HttpMethod.Delete, $"{All}/forks.shop.example.com");
        await ControlPlaneMembers.Until("they are", async () => Condition((await cluster.Send(HttpMethod.Get, $"{All}/forklets.shop.example.com")).Body, "Established").Text("status") == "True");
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Get, Path("forklets"))).Code);
    }

    [Fact]
    public async Task A_namespace_takes_its_custom_resources_with_it_and_a_restart_keeps_them()
    {
        await using var own = new Disposable();
        await own.InitializeAsync();
        await own.Send(HttpMethod.Post, All, Definitions.Widgets(null, "globes", "Globe").ToJsonString());
        await ControlPlaneMembers.Until("established", async () => Condition((await own.Send(HttpMethod.Get, $"{All}/globes.shop.example.com")).Body, "Established").Text("status") == "True");
        await own.Send(HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"name":"n"}}""");
        var inside = Path("globes").Replace("default", "n", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await own.Send(HttpMethod.Post, inside, """{"metadata":{"name":"g"},"spec":{}}""")).Code);
        Assert.Equal(HttpStatusCode.Created, (await own.Send(HttpMethod.Post, Path("globes"), """{"metadata":{"name":"g"},"spec":{}}""")).Code);
        await own.Restart();
        Assert.Equal(2, (await own.Send(HttpMethod.Get, "/apis/shop.example.com/v1/globes")).Body.Items("items").Count);
        await own.Send(HttpMethod.Delete, "/api/v1/namespaces/n");
        await ControlPlaneMembers.Until("the namespace is gone", async () => (await own.Send(HttpMethod.Get, "/api/v1/namespaces/n")).Code is HttpStatusCode.NotFound);
        Assert.Equal(["default"], (await own.Send(HttpMethod.Get, "/apis/shop.example.com/v1/globes")).Body.Objects("items").Select(globe => globe.Text("metadata", "namespace")));
    }

    [Fact]
    public async Task Kubectl_knows_a_kind_from_its_definition_on()
    {
        var folder = Directory.CreateTempSubdirectory("actors-custom-");
        try
        {
            var (file, cache) = (System.IO.Path.Combine(folder.FullName, "crd.json"), System.IO.Path.Combine(folder.FullName, "cache"));
            await File.WriteAllTextAsync(file, Definitions.Widgets(null, "hammers", "Hammer").ToJsonString());
            await Kubectl("apply", "-f", file);
            await Kubectl("wait", "--for=condition=Established", "crd/hammers.shop.example.com", "--timeout=20s");
            await File.WriteAllTextAsync(file, """{"apiVersion":"shop.example.com/v1","kind":"Hammer","metadata":{"name":"h"},"spec":{"size":3,"parts":[{"name":"a"}]}}""");
            Assert.Contains("created", await Kubectl("apply", "-f", file), StringComparison.Ordinal);
            Assert.Contains("unchanged", await Kubectl("apply", "-f", file), StringComparison.Ordinal);
            Assert.Equal("NAME   COLOR   SIZE\nh      red     3\n", await Kubectl("get", "ha", "-o", "wide"));
            Assert.Contains("hammer.shop.example.com/h", await Kubectl("get", "all", "-o", "name"), StringComparison.Ordinal);
            Assert.Contains("What is wanted.", await Kubectl("explain", "hammer.spec"), StringComparison.Ordinal);
            await Kubectl("scale", "hammer/h", "--replicas=4");
            Assert.Equal("4", await Kubectl("get", "hammer", "h", "-o", "jsonpath={.spec.copies}"));
            await File.WriteAllTextAsync(file, """{"apiVersion":"shop.example.com/v1","kind":"Hammer","metadata":{"name":"i"},"spec":{"sise":3}}""");
            // The server's word, or that of an older kubectl itself.
            Assert.Matches("unknown field \"(spec\\.)?sise\"", (await ExternalProgram.TryRun("kubectl", ["--kubeconfig", Kubeconfig, "--cache-dir", cache, "apply", "-f", file])).Error);
            await Kubectl("delete", "crd", "hammers.shop.example.com", "--timeout=20s");

            Task<string> Kubectl(params string[] arguments) => ExternalProgram.Run("kubectl", ["--kubeconfig", Kubeconfig, "--cache-dir", cache, .. arguments]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private string Kubeconfig => System.IO.Path.Combine(cluster.Options.DataDirectory, "admin.kubeconfig");

    private async Task Established(string plural, string kind)
    {
        var (code, answer) = await cluster.Send(HttpMethod.Post, All, Definitions.Widgets(null, plural, kind).ToJsonString());
        Assert.True(code is HttpStatusCode.Created, answer.ToJsonString());
        await using var watch = await WatchStream.Open(cluster.Http, $"{All}?watch=1&fieldSelector=metadata.name={plural}.shop.example.com");
        while (Condition((await watch.Next()).Child("object")!, "Established").Text("status") != "True")
        {
        }
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Get, Path(plural))).Code);
    }

    private static JsonObject? Condition(JsonObject definition, string type) => definition.Objects("status", "conditions").FirstOrDefault(condition => condition.Text("type") == type);

    private static string Path(string plural) => $"/apis/shop.example.com/v1/namespaces/default/{plural}";

    /// <summary>A control plane of this test's own.</summary>
    private sealed class Disposable : ControlPlaneFixture, IAsyncDisposable
    {
        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }
}
