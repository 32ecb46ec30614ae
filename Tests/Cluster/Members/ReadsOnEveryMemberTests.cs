using System.Net;
using System.Text.Json.Nodes;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Members;

/// <summary>Reads through a gateway that did not write: as right as through the one that did.</summary>
public sealed class ReadsOnEveryMemberTests(ControlPlaneMembers cluster) : IClassFixture<ControlPlaneMembers>
{
    private ControlPlaneMembers.Member Writer => cluster.Members[0];

    private ControlPlaneMembers.Member Reader => cluster.Members[1];

    [Fact]
    public async Task Pages_of_a_list_go_on_at_another_member_as_of_the_first_page()
    {
        var path = await Namespace("paged");
        for (var i = 0; i < 7; i++) await Create(path, $"c-{i}");
        var first = (await Writer.Send(HttpMethod.Get, $"{path}?limit=3")).Body;
        var token = Uri.EscapeDataString((string)first["metadata"]!["continue"]!);
        Assert.Equal(HttpStatusCode.OK, (await Writer.Send(HttpMethod.Delete, $"{path}/c-4")).Code);
        await Create(path, "c-3a");
        Assert.Equal(HttpStatusCode.OK, (await Reader.Send(HttpMethod.Get, path)).Code);
        var rest = (await Reader.Send(HttpMethod.Get, $"{path}?limit=10&continue={token}")).Body;
        Assert.Equal(["c-3", "c-4", "c-5", "c-6"], Names(rest));
        Assert.Equal((string?)first["metadata"]!["resourceVersion"], (string?)rest["metadata"]!["resourceVersion"]);
    }

    [Fact]
    public async Task Exact_list_shows_just_that_version_on_every_member()
    {
        var path = await Namespace("exact");
        await Create(path, "a");
        var middle = await Create(path, "b");
        await Create(path, "c");
        foreach (var member in cluster.Members)
        {
            await member.Send(HttpMethod.Get, path);
            var (code, list) = await member.Send(HttpMethod.Get, $"{path}?resourceVersion={middle}&resourceVersionMatch=Exact");
            Assert.Equal((HttpStatusCode.OK, middle), (code, (string?)list["metadata"]!["resourceVersion"]));
            Assert.Equal(["a", "b"], Names(list));
            Assert.Equal(HttpStatusCode.GatewayTimeout, (await member.Send(HttpMethod.Get, $"{path}?resourceVersion={long.Parse(middle) + 100000}&resourceVersionMatch=Exact")).Code);
        }
    }

    [Theory]
    [InlineData("resourceVersionMatch=Exact", "resourceVersionMatch")]
    [InlineData("resourceVersion=0&resourceVersionMatch=Exact", "resourceVersionMatch")]
    [InlineData("resourceVersion=1&resourceVersionMatch=Nearly", "resourceVersionMatch")]
    [InlineData("continue=x&resourceVersionMatch=Exact", "resourceVersionMatch")]
    [InlineData("watch=1&sendInitialEvents=true", "resourceVersionMatch")]
    [InlineData("watch=1&resourceVersionMatch=NotOlderThan", "resourceVersionMatch")]
    [InlineData("watch=1&sendInitialEvents=true&resourceVersion=1&resourceVersionMatch=Exact", "resourceVersionMatch")]
    public async Task Contradiction_in_what_is_asked_for_names_the_field(string query, string field)
    {
        var (code, body) = await Reader.Send(HttpMethod.Get, $"/api/v1/namespaces/default/configmaps?{query}");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, field), (code, (string?)body["details"]!["causes"]![0]!["field"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")]
    public async Task Watch_that_begins_with_what_there_is_shows_all_that_was_acknowledged(string how)
    {
        var path = await Namespace($"begins{how.Length}");
        for (var i = 0; i < 10; i++)
        {
            await Create(path, $"c-{i}");
            await using var watch = await WatchStream.Open(Reader.Http, $"{path}?watch=true{how}");
            var told = new List<string>();
            for (var seen = 0; seen <= i; seen++) told.Add((string)(await Next(watch))["name"]!);
            Assert.Equal(Enumerable.Range(0, i + 1).Select(n => $"c-{n}"), told);
        }
    }

    [Fact]
    public async Task Watch_goes_on_at_another_member_without_gap_or_repeat()
    {
        var path = await Namespace("watched");
        var start = await Create(path, "c-0");
        await using var first = await WatchStream.Open(Writer.Http, $"{path}?watch=true&resourceVersion={start}");
        for (var i = 1; i <= 4; i++) await Create(path, $"c-{i}");
        var last = "";
        for (var i = 1; i <= 2; i++) last = (string)(await Next(first))["resourceVersion"]!;
        await using var next = await WatchStream.Open(Reader.Http, $"{path}?watch=true&resourceVersion={last}");
        for (var i = 3; i <= 4; i++) Assert.Equal($"c-{i}", (string?)(await Next(next))["name"]);
    }

    [Fact]
    public async Task Collection_is_deleted_with_all_that_was_created_elsewhere_just_now()
    {
        var path = await Namespace("collected");
        for (var round = 0; round < 10; round++)
        {
            for (var i = 0; i < 3; i++) await Create(path, $"c-{i}");
            Assert.Equal(HttpStatusCode.OK, (await Reader.Send(HttpMethod.Delete, path)).Code);
            Assert.Empty(Names((await Writer.Send(HttpMethod.Get, path)).Body));
        }
    }

    [Fact]
    public async Task Refusal_is_never_of_what_another_member_has_changed_before()
    {
        var path = await Namespace("refused");
        for (var i = 0; i < 20; i++)
        {
            var (a, b) = (cluster.Members[i % 3], cluster.Members[(i + 1) % 3]);
            Assert.Equal(HttpStatusCode.Created, (await a.Send(HttpMethod.Post, path, Body("one"))).Code);
            Assert.Equal(HttpStatusCode.Conflict, (await b.Send(HttpMethod.Post, path, Body("one"))).Code);
            Assert.Equal(HttpStatusCode.OK, (await b.Send(HttpMethod.Delete, $"{path}/one")).Code);
            Assert.Equal(HttpStatusCode.NotFound, (await a.Send(HttpMethod.Delete, $"{path}/one")).Code);
        }
    }

    private async Task<string> Namespace(string name)
    {
        Assert.Equal(HttpStatusCode.Created, (await Writer.Send(HttpMethod.Post, "/api/v1/namespaces", $$"""{ "metadata": { "name": "{{name}}" } }""")).Code);
        return $"/api/v1/namespaces/{name}/configmaps";
    }

    private async Task<string> Create(string path, string name)
    {
        var (code, created) = await Writer.Send(HttpMethod.Post, path, Body(name));
        Assert.Equal(HttpStatusCode.Created, code);
        return (string)created["metadata"]!["resourceVersion"]!;
    }

    // What the namespace's controller puts into it comes when it comes.
    private static async Task<JsonNode> Next(WatchStream watch)
    {
        while (true)
        {
            if ((await watch.Next())["object"]!["metadata"]! is var metadata && (string?)metadata["name"] != "kube-root-ca.crt") return metadata;
        }
    }

    private static string Body(string name) => $$"""{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "{{name}}" }, "data": {} }""";

    private static string[] Names(JsonObject list) => [.. list["items"]!.AsArray().Select(item => (string)item!["metadata"]!["name"]!).Where(name => name != "kube-root-ca.crt")];
}
