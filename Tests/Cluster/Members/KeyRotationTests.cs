using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Journal;
using Npgsql;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Members;

/// <summary>Another key for the secrets of a cluster whose clients go on writing and reading them through every member.</summary>
public sealed class KeyRotationTests : IAsyncLifetime
{
    private const string Secrets = "/api/v1/namespaces/default/secrets";
    private const string Keys = "/keys/secrets";
    private const string Value = "c3dvcmRmaXNo";
    private readonly ControlPlaneMembers _cluster = new();
    private readonly ConcurrentQueue<string> _failures = [];
    private long _requests;

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Keys_rotate_and_the_old_one_goes_while_clients_notice_nothing()
    {
        var members = _cluster.Members.ToArray();
        for (var i = 0; i < 100; i++) await Create(members[i % 3], $"before-{i}");
        var resting = await Version(members[0]);
        await _cluster.Stop(members[2]);
        members = members[..2];

        using var stop = new CancellationTokenSource();
        var clients = members.Select((member, i) => Task.Run(() => ReadAndWrite(member, i, stop.Token))).ToArray();
        var (code, answer) = await members[0].Send(HttpMethod.Post, Keys + "/rotate");
        Assert.True(code == HttpStatusCode.OK, answer.ToJsonString());
        await ControlPlaneMembers.Until("all to be encrypted with the new key", async () => (await Phases(members[1])).SequenceEqual(["Retired 0", "Writing "]));
        await members[1].Send(HttpMethod.Post, Keys + "/drop");
        Assert.Equal(["Dropped 0", "Writing "], await Phases(members[0]));
        var atDrop = Interlocked.Read(ref _requests);
        await ControlPlaneMembers.Until("clients to go on after the drop", () => Task.FromResult(Interlocked.Read(ref _requests) > atDrop + 50));
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Empty(_failures);

        Assert.Equal([2], (await members[0].Host.Services.GetRequiredService<JournalReader>().Store.CountByKey()).Keys);
        Assert.Equal(resting, await Version(members[1]));
        foreach (var member in members) Assert.StartsWith("2 ", await File.ReadAllTextAsync(Path.Combine(member.Options.DataDirectory, "secrets.keys")), StringComparison.Ordinal);
        await NothingInClearText(members[0]);

        // The member that was away has the dropped key and not the new one.
        var (_, body) = await (await _cluster.Start(_cluster.Options(2))).Send(HttpMethod.Get, $"{Secrets}/before-7");
        Assert.Equal(Value, (string?)body["data"]!["v"]);
        var (refused, why) = await members[0].Send(HttpMethod.Post, Keys + "/drop");
        Assert.Equal(HttpStatusCode.Conflict, refused);
        Assert.Contains("only key 2 is in use", (string?)why["message"], StringComparison.Ordinal);
    }

    private async Task ReadAndWrite(ControlPlaneMembers.Member member, int client, CancellationToken stop)
    {
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            await Expect(member, HttpMethod.Post, Secrets, Secret($"c{client}-{n}"), HttpStatusCode.Created);
            var read = await Expect(member, HttpMethod.Get, $"{Secrets}/before-{n % 100}", null, HttpStatusCode.OK);
            if ((string?)read["data"]?["v"] != Value) _failures.Enqueue($"before-{n % 100} was read as {read.ToJsonString()}");
            await Expect(member, HttpMethod.Delete, $"{Secrets}/c{client}-{n}", null, HttpStatusCode.OK);
        }
    }

    private async Task<JsonObject> Expect(ControlPlaneMembers.Member member, HttpMethod method, string path, string? body, HttpStatusCode expected)
    {
        var (code, answer) = await member.Send(method, path, body);
        if (code != expected) _failures.Enqueue($"{method} {path}: {answer.ToJsonString()}");
        Interlocked.Increment(ref _requests);
        return answer;
    }

    private static async Task Create(ControlPlaneMembers.Member member, string name)
    {
        var (code, body) = await member.Send(HttpMethod.Post, Secrets, Secret(name));
        Assert.True(code == HttpStatusCode.Created, body.ToJsonString());
    }

    private static string Secret(string name) => $$"""{ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "{{name}}" }, "data": { "v": "{{Value}}" } }""";

    private static async Task<string?> Version(ControlPlaneMembers.Member member) =>
        (string?)(await member.Send(HttpMethod.Get, $"{Secrets}/before-0")).Body["metadata"]!["resourceVersion"];

    private static async Task<string[]> Phases(ControlPlaneMembers.Member member) =>
        [.. (await member.Send(HttpMethod.Get, Keys)).Body["keys"]!.AsArray().Select(key => $"{key!["phase"]} {key["left"]}")];

    // Neither what secrets hold nor a key of theirs.
    private static async Task NothingInClearText(ControlPlaneMembers.Member member)
    {
        var key = (await File.ReadAllTextAsync(Path.Combine(member.Options.DataDirectory, "secrets.keys"))).Trim().Split(' ')[1];
        byte[][] forbidden = [Encoding.ASCII.GetBytes(Value), Encoding.ASCII.GetBytes(key), Convert.FromBase64String(key)];
        await using var database = NpgsqlDataSource.Create(member.Options.Database!);
        foreach (var (table, column) in ((string, string)[])[("journal", "message"), ("encryption_key", "wrapped")])
        {
            foreach (var bytes in forbidden)
            {
                await using var search = database.CreateCommand($"select count(*) from {table} where position($1 in {column}) > 0");
                search.Parameters.Add(new() { Value = bytes });
                Assert.Equal(0L, await search.ExecuteScalarAsync());
            }
        }
    }
}
