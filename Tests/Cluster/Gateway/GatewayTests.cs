using System.Net;
using System.Text.Json.Nodes;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>The API as an HTTPS client meets it, over a control plane with a real journal.</summary>
public sealed class GatewayTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Revisions = "/apis/apps/v1/namespaces/default/controllerrevisions";

    [Fact]
    public async Task Request_without_credentials_is_anonymous_and_may_next_to_nothing()
    {
        using var http = cluster.NewClient();
        var refused = await http.GetAsync(Maps);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("system:anonymous", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/readyz")).StatusCode);
    }

    [Fact]
    public async Task Request_with_a_wrong_token_is_unauthorized()
    {
        using var http = cluster.NewClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/readyz")).StatusCode);
    }

    [Fact]
    public async Task Request_with_the_administrators_certificate_is_served()
    {
        using var http = cluster.NewClient(cluster.Host.Pki.Administrator.Certificate);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Maps)).StatusCode);
    }

    [Fact]
    public async Task Request_with_a_nodes_certificate_is_forbidden()
    {
        using var http = cluster.NewClient(cluster.Host.Pki.Node("stranger", [IPAddress.Loopback]).Certificate);
        Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync(Maps)).StatusCode);
    }

    [Fact]
    public async Task Object_lives_from_create_to_delete_and_every_answer_is_what_was_stored()
    {
        var (code, created) = await Create("life", """{"a":"1"}""");
        Assert.Equal(HttpStatusCode.Created, code);
        var (_, read) = await cluster.Send(HttpMethod.Get, $"{Maps}/life");
        Assert.True(JsonNode.DeepEquals(created, read));
        created["data"]!["a"] = "2";
        var (updatedCode, updated) = await cluster.Send(HttpMethod.Put, $"{Maps}/life", created.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, updatedCode);
        Assert.True(Revision(updated) > Revision(read));
        var (conflict, status) = await cluster.Send(HttpMethod.Put, $"{Maps}/life", created.ToJsonString().Replace("\"2\"", "\"3\"", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.Conflict, "Conflict"), (conflict, status.Text("reason")));
        var (_, patched) = await cluster.Send(HttpMethod.Patch, $"{Maps}/life", """{"data":{"b":"x"}}""", "application/merge-patch+json");
        Assert.Equal("x", patched["data"]!["b"]!.GetValue<string>());
        var (deleted, success) = await cluster.Send(HttpMethod.Delete, $"{Maps}/life");
        Assert.Equal((HttpStatusCode.OK, "Success"), (deleted, success.Text("status")));
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{Maps}/life")).Code);
    }

    [Theory]
    [InlineData("POST", Maps, """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"Bad_Name"}}""", "application/json", 422, "Invalid", "metadata.name")]
    [InlineData("POST", Maps, """{"kind":"ConfigMap","apiVersion":"v1","metadata":{}}""", "application/json", 422, "Invalid", "name or generateName is required")]
    [InlineData("POST", Maps, "{", "application/json", 400, "BadRequest", "")]
    [InlineData("POST", Maps, "a: [", "application/yaml", 400, "BadRequest", "")]
    [InlineData("POST", Maps, """{"kind":"Secret","apiVersion":"v1","metadata":{"name":"x"}}""", "application/json", 400, "BadRequest", "")]
    [InlineData("POST", Maps, """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"},"data":{"a":1}}""", "application/json", 400, "BadRequest", "data")]
    [InlineData("POST", Maps + "?fieldValidation=Strict", """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"},"dota":{}}""", "application/json", 400, "BadRequest", "dota")]
    [InlineData("POST", "/api/v1/namespaces/missing/configmaps", """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"}}""", "application/json", 404, "NotFound", "namespaces \"missing\" not found")]
    [InlineData("PUT", Maps + "/nothing", """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"nothing"}}""", "application/json", 404, "NotFound", "nothing")]
    [InlineData("PUT", Maps + "/x", """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"y"}}""", "application/json", 400, "BadRequest", "does not match the name on the URL")]
    [InlineData("PATCH", Maps + "/x", "{}", "text/plain", 415, "UnsupportedMediaType", "")]
    [InlineData("GET", "/apis/example.com/v1/widgets", null, "application/json", 404, "NotFound", "")]
    [InlineData("GET", "/nowhere", null, "application/json", 404, "NotFound", "")]
    [InlineData("GET", Maps + "?labelSelector=%3D%3D", null, "application/json", 400, "BadRequest", "")]
    [InlineData("GET", Maps + "?fieldSelector=spec.none%3D1", null, "application/json", 400, "BadRequest", "spec.none")]
    [InlineData("GET", Maps + "?limit=x", null, "application/json", 400, "BadRequest", "limit")]
    [InlineData("GET", Maps + "?continue=x", null, "application/json", 400, "BadRequest", "continue")]
    [InlineData("POST", "/api/v1/configmaps", "{}", "application/json", 405, "MethodNotAllowed", "")]
    public async Task Bad_request_is_answered_with_a_Status_that_says_what_is_wrong(string method, string path, string? body, string type, int code, string reason, string words)
    {
        var (answered, status) = await cluster.Send(new(method), path, body, type);
        Assert.Equal((code, reason), ((int)answered, status.Text("reason")));
        Assert.Equal("Status", status.Text("kind"));
        Assert.Contains(words, status.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_over_three_megabytes_is_refused()
    {
        var (code, status) = await Create("large", $$"""{"a":"{{new string('x', 3 * 1024 * 1024)}}"}""");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "RequestEntityTooLarge"), (code, status.Text("reason")));
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{Maps}/large")).Code);
    }

    [Fact]
    public async Task Dry_run_answers_and_stores_nothing()
    {
        var (code, _) = await cluster.Send(HttpMethod.Post, $"{Maps}?dryRun=All", """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"dry"}}""");
        Assert.Equal(HttpStatusCode.Created, code);
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{Maps}/dry")).Code);
    }

    [Fact]
    public async Task GenerateName_makes_a_new_name_each_time()
    {
        const string Body = """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"generateName":"made-"}}""";
        var names = new HashSet<string>();
        for (var i = 0; i < 5; i++) names.Add((await cluster.Send(HttpMethod.Post, Maps, Body)).Body.Metadata().Text("name"));
        Assert.Equal(5, names.Count);
        Assert.All(names, name => Assert.Matches("^made-[a-z0-9]{5}$", name));
    }

    [Fact]
    public async Task List_in_pages_shows_one_revision_whatever_is_written_meanwhile()
    {
        await Namespace("pages");
        for (var i = 0; i < 7; i++) await Create($"p{i}", "{}", "pages");
        var (_, first) = await cluster.Send(HttpMethod.Get, "/api/v1/namespaces/pages/configmaps?limit=3");
        Assert.Equal(5, first.Metadata().Number("remainingItemCount"));
        await Create("p3a", "{}", "pages");
        await cluster.Send(HttpMethod.Delete, "/api/v1/namespaces/pages/configmaps/p6");
        var names = Names(first);
        for (var page = first; page.Metadata().Text("continue") is { Length: > 0 } token;)
        {
            page = (await cluster.Send(HttpMethod.Get, $"/api/v1/namespaces/pages/configmaps?limit=3&continue={Uri.EscapeDataString(token)}")).Body;
            names.AddRange(Names(page));
            Assert.Equal(Revision(first), Revision(page));
        }
        Assert.Equal(["kube-root-ca.crt", "p0", "p1", "p2", "p3", "p4", "p5", "p6"], names);
    }

    [Fact]
    public async Task List_with_a_label_selector_finds_the_labelled()
    {
        await Namespace("labels");
        await Create("red", "{}", "labels", """{"colour":"red"}""");
        await Create("blue", "{}", "labels", """{"colour":"blue"}""");
        var (_, list) = await cluster.Send(HttpMethod.Get, "/api/v1/namespaces/labels/configmaps?labelSelector=colour%20in%20(red)");
        Assert.Equal(["red"], Names(list));
    }

    [Fact]
    public async Task Watch_from_a_revision_tells_every_change_after_it_in_order()
    {
        await Namespace("watched");
        var (_, list) = await cluster.Send(HttpMethod.Get, "/api/v1/namespaces/watched/configmaps");
        await Create("w", """{"a":"1"}""", "watched");
        await cluster.Send(HttpMethod.Patch, "/api/v1/namespaces/watched/configmaps/w", """{"data":{"a":"2"}}""", "application/merge-patch+json");
        await using var watch = await Watching($"/api/v1/namespaces/watched/configmaps?watch=1&resourceVersion={Revision(list)}");
        Assert.Equal(("ADDED", "1"), Shown(await watch.Next()));
        Assert.Equal(("MODIFIED", "2"), Shown(await watch.Next()));
        await cluster.Send(HttpMethod.Delete, "/api/v1/namespaces/watched/configmaps/w");
        Assert.Equal(("DELETED", "2"), Shown(await watch.Next()));
        static (string, string?) Shown(JsonObject e) => (e.Text("type"), e["object"]!["data"]!["a"]!.GetValue<string>());
    }

    [Fact]
    public async Task Watch_with_a_selector_tells_of_objects_that_come_to_match_and_cease_to()
    {
        await Namespace("matching");
        await Create("m", "{}", "matching");
        var (_, list) = await cluster.Send(HttpMethod.Get, "/api/v1/namespaces/matching/configmaps");
        await using var watch = await Watching($"/api/v1/namespaces/matching/configmaps?watch=1&labelSelector=on&resourceVersion={Revision(list)}");
        await Label("""{"on":"1"}""");
        Assert.Equal("ADDED", (await watch.Next()).Text("type"));
        await Label("""{"on":null}""");
        Assert.Equal("DELETED", (await watch.Next()).Text("type"));
        Task Label(string labels) => cluster.Send(HttpMethod.Patch, "/api/v1/namespaces/matching/configmaps/m", $$$"""{"metadata":{"labels":{{{labels}}}}}""", "application/merge-patch+json");
    }

    [Fact]
    public async Task Watch_with_initial_events_ends_them_with_a_bookmark()
    {
        await Namespace("initial");
        await Create("i", "{}", "initial");
        await using var watch = await Watching("/api/v1/namespaces/initial/configmaps?watch=1&fieldSelector=metadata.name%3Di&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan");
        Assert.Equal("ADDED", (await watch.Next()).Text("type"));
        var bookmark = await watch.Next();
        Assert.Equal("BOOKMARK", bookmark.Text("type"));
        Assert.Equal("true", bookmark["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.GetValue<string>());
    }

    [Fact]
    public async Task Watch_ends_when_its_time_is_up()
    {
        await Namespace("ending");
        await using var watch = await Watching("/api/v1/namespaces/ending/configmaps?watch=1&fieldSelector=metadata.name%3Dnone&timeoutSeconds=1");
        Assert.Null(await watch.End());
    }

    [Theory]
    [InlineData("POST", Maps, "CreateOptions", """{"metadata":{"name":"x"}}""")]
    [InlineData("PUT", $"{Maps}/x", "UpdateOptions", """{"metadata":{"name":"x"}}""")]
    [InlineData("PATCH", $"{Maps}/x", "PatchOptions", "{}")]
    [InlineData("PATCH", "/apis/apps/v1/namespaces/default/deployments/x/scale", "PatchOptions", "{}")]
    [InlineData("POST", "/api/v1/namespaces/default/pods/x/eviction", "CreateOptions", """{"metadata":{"name":"x"}}""")]
    [InlineData("DELETE", $"{Maps}/x", "DeleteOptions", null)]
    [InlineData("DELETE", Maps, "DeleteOptions", null)]
    public async Task Dry_run_that_is_not_All_is_refused(string method, string path, string options, string? body)
    {
        foreach (var query in (string[])["dryRun=bogus", "dryRun=", "dryRun=All&dryRun=bogus"])
        {
            var (code, status) = await cluster.Send(new(method), $"{path}?{query}", body, method == "PATCH" ? "application/merge-patch+json" : "application/json");
            Assert.Equal((HttpStatusCode.UnprocessableEntity, "Invalid"), (code, status.Text("reason")));
            Assert.StartsWith($"{options}.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: \"", status.Text("message"), StringComparison.Ordinal);
            Assert.EndsWith("\": supported values: \"All\"", status.Text("message"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Dry_run_in_the_options_of_a_delete_is_honoured_or_refused()
    {
        await Create("kept", """{"a":"1"}""");
        var (code, status) = await cluster.Send(HttpMethod.Delete, $"{Maps}/kept", """{"dryRun":["bogus"]}""");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Invalid"), (code, status.Text("reason")));
        foreach (var path in (string[])[$"{Maps}/kept", $"{Maps}?fieldSelector=metadata.name=kept"])
        {
            Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Delete, path, """{"dryRun":["All"]}""")).Code);
            Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Delete, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? "&" : "?")}dryRun=All")).Code);
        }
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Get, $"{Maps}/kept")).Code);
    }

    [Fact]
    public async Task Deep_object_is_served_and_a_deeper_one_refused_and_neither_stops_the_next_write()
    {
        static string Body(string name, int depth) =>
            $$$"""{"metadata":{"name":"{{{name}}}"},"revision":1,"data":{{{string.Concat(Enumerable.Repeat("{\"a\":", depth))}}}1{{{new string('}', depth)}}}}""";
        using var body = new StringContent(Body("deep", 80), System.Text.Encoding.UTF8, "application/json");
        using var created = await cluster.Http.PostAsync(Revisions, body);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var (code, refused) = await cluster.Send(HttpMethod.Post, Revisions, Body("deeper", 128));
        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.Contains("in field data.a.a", refused.Text("message"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await Create("after-deep", """{"a":"1"}""")).Code);
        using var read = await cluster.Http.GetAsync($"{Revisions}/deep");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    [Fact]
    public async Task Object_above_the_limit_is_too_large_and_so_is_a_body()
    {
        var (code, status) = await cluster.Send(HttpMethod.Post, Revisions, $$"""{"metadata":{"name":"large"},"revision":1,"data":"{{new string('x', Shared.Api.ObjectLimits.MaxBytes)}}"}""");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "RequestEntityTooLarge"), (code, status.Text("reason")));
        (code, status) = await Create("larger", $$"""{"a":"{{new string('x', Shared.Api.ObjectLimits.MaxBody)}}"}""");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "Request entity too large: limit is 3145728"), (code, status.Text("message")));
    }

    [Fact]
    public async Task Writes_of_many_clients_to_one_object_are_all_kept()
    {
        await Create("busy", "{}");
        await Parallel.ForEachAsync(Enumerable.Range(0, 50), async (i, _) =>
            Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Patch, $"{Maps}/busy", $$$"""{"data":{"k{{{i}}}":"v"}}""", "application/merge-patch+json")).Code));
        Assert.Equal(50, (await cluster.Send(HttpMethod.Get, $"{Maps}/busy")).Body["data"]!.AsObject().Count);
    }

    private async Task<WatchStream> Watching(string path) => await WatchStream.Open(cluster.Http, path);

    /// <summary>Makes a namespace and waits for the ConfigMap that every namespace gets.</summary>
    private async Task Namespace(string name)
    {
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, "/api/v1/namespaces", $$$"""{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"{{{name}}}"}}""")).Code);
        await using var watch = await Watching($"/api/v1/namespaces/{name}/configmaps?watch=1&fieldSelector=metadata.name%3Dkube-root-ca.crt");
        Assert.Equal("ADDED", (await watch.Next()).Text("type"));
    }

    private Task<(HttpStatusCode Code, JsonObject Body)> Create(string name, string data, string ns = "default", string labels = "{}") => cluster.Send(
        HttpMethod.Post, $"/api/v1/namespaces/{ns}/configmaps", $$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"{{name}}","labels":{{labels}}},"data":{{data}}}""");

    private static long Revision(JsonObject answer) => long.Parse(answer.Metadata().Text("resourceVersion"));

    private static List<string> Names(JsonObject list) => [.. list["items"]!.AsArray().Select(item => item!.AsObject().Metadata().Text("name"))];
}
