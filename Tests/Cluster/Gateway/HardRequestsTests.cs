using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Journal;
using CsCheck;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Bodies made to hurt and followers that fail, on a whole control plane: it goes on, and starts again on what it accepted.</summary>
public sealed class HardRequestsTests : IAsyncLifetime
{
    private const string Revisions = "/apis/apps/v1/namespaces/default/controllerrevisions";
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private readonly ControlPlaneFixture _cluster = new();

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    /// <summary>Of the first version: what was nested 80 deep was accepted, stopped every later write with 504, and the journal could not be loaded again.</summary>
    [Fact]
    public async Task Object_of_any_depth_is_refused_or_can_be_read_back_after_a_restart()
    {
        var accepted = new List<string>();
        foreach (var depth in new[] { 3, 62, 63, 64, 65, 80, 120, 124, 125, 126, 127, 128, 129, 500, 5000 })
        {
            var (code, answer) = await _cluster.Send(HttpMethod.Post, Revisions, $$"""{"kind":"ControllerRevision","apiVersion":"apps/v1","metadata":{"name":"d{{depth}}"},"revision":1,"data":{{Nested(depth)}}}""");
            Assert.True(code is HttpStatusCode.Created or HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity, $"{depth} deep: {code} {answer.ToJsonString()}");
            if (code == HttpStatusCode.Created) accepted.Add($"d{depth}");
            Assert.Equal(HttpStatusCode.Created, (await _cluster.Send(HttpMethod.Post, Maps, $$$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"after-{{{depth}}}"}}""")).Code);
        }
        Assert.Contains("d80", accepted);
        Assert.DoesNotContain("d500", accepted);

        await _cluster.Restart();

        foreach (var name in accepted) Assert.Equal(HttpStatusCode.OK, (await _cluster.Send(HttpMethod.Get, $"{Revisions}/{name}")).Code);
        Assert.Equal(accepted.Count, (await _cluster.Send(HttpMethod.Get, Revisions)).Body["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Whatever_generated_body_is_accepted_is_read_back_after_a_restart()
    {
        var kept = new Dictionary<string, JsonNode?>();
        foreach (var (body, i) in Bodies().Select((body, i) => (body, i)))
        {
            var (code, answer) = await _cluster.Send(HttpMethod.Post, Revisions, $$"""{"kind":"ControllerRevision","apiVersion":"apps/v1","metadata":{"name":"g{{i}}"},"revision":1,"data":{{body}}}""");
            Assert.True((int)code is 201 or 400 or 422, $"{code}: {body}");
            if (code == HttpStatusCode.Created) kept[$"g{i}"] = answer["data"]?.DeepClone();
        }
        Assert.True(kept.Count > 100);

        await _cluster.Restart();

        foreach (var (name, data) in kept)
        {
            var (code, found) = await _cluster.Send(HttpMethod.Get, $"{Revisions}/{name}");
            Assert.Equal(HttpStatusCode.OK, code);
            Assert.True(JsonNode.DeepEquals(data, found["data"]), name);
        }
    }

    [Fact]
    public async Task Follower_that_throws_on_every_change_fails_no_write_and_stops_no_controller()
    {
        var cache = _cluster.Host.Services.GetRequiredService<WatchCache>();
        cache.Applied += (_, _) => throw new InvalidOperationException("A follower's bug.");
        Assert.Equal(HttpStatusCode.Created, (await _cluster.Send(HttpMethod.Post, Maps, """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"one"}}""")).Code);
        Assert.Equal(HttpStatusCode.Created, (await _cluster.Send(HttpMethod.Post, "/api/v1/namespaces", """{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"served"}}""")).Code);

        // The namespace's controller still does its work.
        await using var watch = await WatchStream.Open(_cluster.Http, "/api/v1/namespaces/served/configmaps?watch=1&fieldSelector=metadata.name%3Dkube-root-ca.crt");
        Assert.Equal("ADDED", (await watch.Next())["type"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("/api/v1/namespaces/default?resourceVersion=999999999", 504)]
    [InlineData("/api/v1/namespaces?resourceVersion=999999999", 504)]
    [InlineData("/api/v1/namespaces/default?resourceVersion=x", 400)]
    [InlineData("/api/v1/namespaces/default?resourceVersion=-1", 400)]
    [InlineData("/api/v1/namespaces/default?resourceVersion=1", 200)]
    [InlineData("/api/v1/namespaces/default?resourceVersion=0", 200)]
    public async Task Read_at_a_version_shows_nothing_older_than_it(string path, int code) => Assert.Equal(code, (int)(await _cluster.Send(HttpMethod.Get, path)).Code);

    [Fact]
    public async Task Object_that_cannot_be_read_takes_a_delete_and_nothing_else()
    {
        const string Path = $"{Maps}/broken";
        await _cluster.Send(HttpMethod.Post, Maps, """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"broken"}}""");
        await _cluster.Break("configmaps", "broken");

        await _cluster.Restart();

        Assert.Equal(HttpStatusCode.NotFound, (await _cluster.Send(HttpMethod.Get, Path)).Code);
        var (refused, why) = await _cluster.Send(HttpMethod.Post, Maps, """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"broken"}}""");
        Assert.Equal(HttpStatusCode.InternalServerError, refused);
        Assert.Contains("can't be read", why["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _cluster.Send(HttpMethod.Delete, Path)).Code);
        Assert.Equal(HttpStatusCode.Created, (await _cluster.Send(HttpMethod.Post, Maps, """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"broken"}}""")).Code);
    }

    private static string Nested(int depth) => new StringBuilder().Insert(0, "{\"a\":", depth).Append('1').Append('}', depth).ToString();

    // Deep and wide, with every kind of scalar and with texts that hurt.
    private static IEnumerable<string> Bodies()
    {
        var text = Gen.OneOf(Gen.String[0, 20], Gen.Const("\u0000"), Gen.Const("\ud83d\ude00"), Gen.Const("\u2028"), Gen.Const("\"\\/\b"));
        var scalar = Gen.OneOf(
            Gen.Int.Select(number => number.ToString()), Gen.Const("1e400"), Gen.Const("-0"), Gen.Const("123456789012345678901234567890"), Gen.Const("0.1"), Gen.Const("true"), Gen.Const("null"),
            text.Select(value => JsonValue.Create(value).ToJsonString()));
        var bodies = new List<string>();
        Gen.Select(Gen.Int[0, 130], scalar, text, Gen.Bool.Array[130]).Sample((depth, leaf, name, lists) =>
        {
            var body = leaf;
            for (var i = 0; i < depth; i++) body = lists[i] ? $"[{body},{leaf}]" : $"{{{JsonValue.Create(name).ToJsonString()}:{body}}}";
            bodies.Add(body);
        }, iter: 300, threads: 1);
        return bodies;
    }
}
