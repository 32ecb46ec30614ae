using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Members;

/// <summary>Control planes that know two database servers, one of which follows the other and takes over.</summary>
public sealed class DatabaseFailoverTests : IAsyncLifetime
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private readonly Cluster _cluster = new();

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Follower_that_has_every_commit_takes_over_and_nothing_acknowledged_is_lost()
    {
        await _cluster.Copy.Start();
        await _cluster.Server.CommitToCopies();
        var start = await Version();
        await using var watch = await WatchStream.Open(_cluster.Members[1].Http, $"{ConfigMaps}?watch=true&resourceVersion={start}");
        using var enough = new CancellationTokenSource();
        var acknowledged = new ConcurrentDictionary<string, string>();
        var clients = Task.WhenAll(_cluster.Members.Select((member, i) => Write(member, $"client-{i}", acknowledged, enough.Token)));
        await Grow(acknowledged);

        await _cluster.Server.Crash();
        await _cluster.Copy.Promote();
        await Grow(acknowledged);
        await enough.CancelAsync();
        await clients;

        await Create(_cluster.Members[0], "last");
        foreach (var member in _cluster.Members)
        {
            var found = Versions((await member.Send(HttpMethod.Get, ConfigMaps)).Body);
            Assert.All(acknowledged, written => Assert.Equal(written.Value, found.GetValueOrDefault(written.Key)));
        }
        var told = new Dictionary<string, string>();
        for (var newest = 0L; !told.ContainsKey("last");)
        {
            var metadata = (await watch.Next())["object"]!["metadata"]!;
            Assert.True(long.Parse((string)metadata["resourceVersion"]!) > newest);
            newest = long.Parse((string)metadata["resourceVersion"]!);
            told[(string)metadata["name"]!] = (string)metadata["resourceVersion"]!;
        }
        Assert.All(acknowledged, written => Assert.Equal(written.Value, told.GetValueOrDefault(written.Key)));
    }

    [Fact]
    public async Task One_that_lacks_commits_is_not_written_to_and_the_lost_ones_come_back_with_their_server()
    {
        var member = _cluster.Members[0];
        await Create(member, "kept");
        var kept = await Version();
        await _cluster.Server.Crash();
        await _cluster.Copy.Start();
        await _cluster.Copy.Promote();

        // That it was lost is said, by every member; what is known is still told.
        foreach (var each in _cluster.Members)
        {
            JsonObject answer = [];
            await ControlPlaneMembers.Until("the loss to be told", async () => ((string?)(answer = (await each.Send(HttpMethod.Get, ConfigMaps)).Body)["message"])?.Contains(kept, StringComparison.Ordinal) is true);
            Assert.Equal(503, (int)answer["code"]!);
            Assert.Contains("kept", Versions((await each.Send(HttpMethod.Get, $"{ConfigMaps}?resourceVersion=0")).Body).Keys);
            Assert.False((await Post(each, "refused")).IsSuccessStatusCode);
        }
        Assert.Equal(_cluster.Copied, await Head(_cluster.Copy));

        await _cluster.Copy.Crash();
        await _cluster.Server.Start();
        foreach (var each in _cluster.Members)
        {
            await ControlPlaneMembers.Until("reads to be right again", async () => (await each.Send(HttpMethod.Get, ConfigMaps)).Code == HttpStatusCode.OK);
            Assert.Equal(kept, Versions((await each.Send(HttpMethod.Get, ConfigMaps)).Body)["kept"]);
        }
        await ControlPlaneMembers.Until("writes to be taken again", async () => (await Post(member, "after")) is { IsSuccessStatusCode: true } or { StatusCode: HttpStatusCode.Conflict });
    }

    private async Task<string> Version() => (string)(await _cluster.Members[0].Send(HttpMethod.Get, ConfigMaps)).Body["metadata"]!["resourceVersion"]!;

    private static async Task Write(ControlPlaneMembers.Member member, string client, ConcurrentDictionary<string, string> acknowledged, CancellationToken enough)
    {
        for (var i = 0; !enough.IsCancellationRequested; i++)
        {
            using var answer = await Post(member, $"{client}-{i}");
            if (answer.IsSuccessStatusCode) acknowledged[$"{client}-{i}"] = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["metadata"]!["resourceVersion"]!;
        }
    }

    /// <summary>Until a hundred more writes are acknowledged.</summary>
    private static Task Grow(ConcurrentDictionary<string, string> acknowledged)
    {
        var goal = acknowledged.Count + 100;
        return ControlPlaneMembers.Until("writes to be acknowledged", () => Task.FromResult(acknowledged.Count >= goal));
    }

    private static async Task Create(ControlPlaneMembers.Member member, string name)
    {
        using var answer = await Post(member, name);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private static Task<HttpResponseMessage> Post(ControlPlaneMembers.Member member, string name) => member.Http.PostAsync(
        ConfigMaps, new StringContent($$"""{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "{{name}}" } }""", System.Text.Encoding.UTF8, "application/json"));

    private static Dictionary<string, string> Versions(JsonObject list) =>
        list["items"]!.AsArray().ToDictionary(item => (string)item!["metadata"]!["name"]!, item => (string)item!["metadata"]!["resourceVersion"]!);

    private Task<long> Head(PostgresServer server) => Cluster.Head(server, _cluster.Name);

    /// <summary>Two control planes on a server that has a copy.</summary>
    private sealed class Cluster : ControlPlaneMembers
    {
        public PostgresServer Copy { get; } = new();

        public string Name { get; private set; } = "";

        /// <summary>The head when the copy was made.</summary>
        public long Copied { get; private set; }

        protected override int Count => 2;

        public static async Task<long> Head(PostgresServer server, string database)
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder { Host = server.Folder, Username = "postgres", Database = database, Pooling = false });
            await using var ask = source.CreateCommand("select head from revision_counter");
            return (long)(await ask.ExecuteScalarAsync())!;
        }

        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            await Server.CopyTo(Copy);
            Copied = await Head(Server, Name);
        }

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await Copy.DisposeAsync();
        }

        protected override async Task<string> NewDatabase()
        {
            var connection = new NpgsqlConnectionStringBuilder(await Server.CreateDatabase());
            Name = connection.Database!;
            connection.Host = $"{Server.Folder},{Copy.Folder}";
            return connection.ConnectionString;
        }
    }
}
