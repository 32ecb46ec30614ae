using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine;
using ControlPlane.CommandLine.Backups;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.Hosting;
using ControlPlane.Journal;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Hosting;

/// <summary>A cluster that goes from one database into another, by way of a backup, and what is refused on the way.</summary>
[Collection(PostgresTests.Name)]
public sealed class MigrationTests(PostgresServer server) : IDisposable
{
    private static readonly string[] Lists = ["/api/v1/configmaps", "/api/v1/namespaces", "/api/v1/secrets", "/api/v1/services"];
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("migration-");
    private readonly ControlPlaneOptions _options = ControlPlaneFixture.NewOptions();

    private string File => Path.Combine(_directory.FullName, "backup");

    private ClusterFolder Folder => new(_options.DataDirectory);

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        Directory.Delete(_options.DataDirectory, recursive: true);
    }

    [Fact]
    public async Task Every_list_and_watch_is_the_same_on_the_other_database_and_the_next_write_gets_the_next_number()
    {
        string[] before;
        long old, head;
        await using (var running = await Running.Start(_options))
        {
            old = await Written(running);
            (before, head) = await running.Shown(old, null);
        }

        var postgres = _options with { Database = await server.CreateDatabase() };
        Assert.Equal(0, await Actors("backup", File));
        Assert.Equal(0, await Actors("restore", File, "--exact", "--database", postgres.Database));
        (before, head) = await GoesOn(postgres, before, old, head);

        var back = _options with { DataDirectory = Path.Combine(_directory.FullName, "back") };
        Assert.Equal(0, await Actors("backup", File, "--keys", "--database", postgres.Database));
        Assert.Equal(0, await ActorsCommand.Run(["restore", File, "--exact", "--data", back.DataDirectory]));
        await GoesOn(back, before, old, head);
    }

    [Fact]
    public async Task A_restore_that_is_refused_says_why_and_what_to_do_and_changes_nothing()
    {
        await using (var running = await Running.Start(_options))
        {
            await Written(running);
            await ClusterBackup.Take(Folder, File, null, withKeys: false, CancellationToken.None);
            Assert.Contains("Stop it first", await Refusal(Folder), StringComparison.Ordinal);
        }
        Assert.Contains("was taken while its cluster ran", await Refusal(Folder, exact: true), StringComparison.Ordinal);
        Assert.Contains("is not empty", await Refusal(Folder), StringComparison.Ordinal);

        // A folder without the cluster's keys.
        var elsewhere = new ClusterFolder(Path.Combine(_directory.FullName, "elsewhere"));
        var keys = await Refusal(elsewhere);
        foreach (var word in (string[])["pki/ca.pem is missing", "pki/agents.key is missing", "secrets.keys lacks key 1", "Copy", elsewhere.Path]) Assert.Contains(word, keys, StringComparison.Ordinal);
        KeyRing.Load(elsewhere.KeyRing);
        Assert.Contains("secrets.keys has another key 1", await Refusal(elsewhere), StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(elsewhere.SqliteFile));
        Assert.Null(elsewhere.Load());

        // Keys that the backup brings, into a folder that has another; a database that is not there; a file that is not whole.
        await ClusterBackup.Take(Folder, File, null, withKeys: true, CancellationToken.None);
        Assert.Contains("secrets.keys is another one", await Refusal(elsewhere), StringComparison.Ordinal);
        System.IO.File.Delete(elsewhere.KeyRing);
        Assert.Contains("Nothing was restored", await Refusal(elsewhere, (await server.CreateDatabase()).Replace("test", "missing", StringComparison.Ordinal)), StringComparison.Ordinal);
        await System.IO.File.WriteAllBytesAsync(File, (await System.IO.File.ReadAllBytesAsync(File))[..^100]);
        Assert.Contains("cut off", await Refusal(elsewhere), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(elsewhere.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Except([".lock", ControlPlaneHost.FolderLock]));
    }

    [Fact]
    public async Task A_database_that_control_planes_work_on_is_not_filled_and_they_are_named()
    {
        var postgres = _options with { Database = await server.CreateDatabase() };
        await using var running = await Running.Start(postgres);
        await ClusterBackup.Take(Folder, File, postgres.Database, withKeys: true, CancellationToken.None);
        var elsewhere = new ClusterFolder(Path.Combine(_directory.FullName, "elsewhere"));
        Assert.Contains($"127.0.0.1:{postgres.RemotePort}", await Refusal(elsewhere, postgres.Database), StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(elsewhere.KeyRing));
    }

    [Fact]
    public async Task A_move_within_a_folder_that_would_lose_what_was_written_since_the_backup_is_refused()
    {
        await using (var running = await Running.Start(_options)) await Written(running);
        await ClusterBackup.Take(Folder, File, null, withKeys: false, CancellationToken.None);
        await using (var running = await Running.Start(_options)) await running.Create("late");
        var database = await server.CreateDatabase();
        Assert.Contains("was written to after the backup", await Refusal(Folder, database, exact: true), StringComparison.Ordinal);
        Assert.True((await new ClusterRestore(Folder, File) { Database = database }.Run(CancellationToken.None)).Head > ClusterRestore.Jump);
    }

    [Fact]
    public async Task A_backup_that_fails_leaves_no_file_and_says_why()
    {
        var nowhere = new ClusterFolder(Path.Combine(_directory.FullName, "nowhere"));
        Assert.Contains("no cluster", await Failure(() => ClusterBackup.Take(nowhere, File, null, false, CancellationToken.None)), StringComparison.Ordinal);
        await using (var running = await Running.Start(_options)) await Written(running);
        Assert.Contains("no backup", await Failure(() => ClusterBackup.Take(Folder, Path.Combine(_directory.FullName, "missing", "file"), null, false, CancellationToken.None)), StringComparison.Ordinal);
        System.IO.File.Delete(Path.Combine(Folder.Path, "pki", "admin.token"));
        Assert.Contains("pki/admin.token is missing", await Failure(() => ClusterBackup.Take(Folder, File, null, true, CancellationToken.None)), StringComparison.Ordinal);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ClusterBackup.Take(Folder, File, null, false, stop.Token));
        Assert.Empty(_directory.GetFileSystemInfos());
    }

    private Task<int> Actors(params string[] arguments) => ActorsCommand.Run([.. arguments, "--data", _options.DataDirectory]);

    private Task<string> Refusal(ClusterFolder folder, string? database = null, bool exact = false) =>
        Failure(() => new ClusterRestore(folder, File) { Database = database, Exact = exact }.Run(CancellationToken.None));

    private static async Task<string> Failure(Func<Task> attempt) => (await Assert.ThrowsAsync<CommandFailedException>(attempt)).Message;

    /// <summary>Objects with a history; the result is a revision within it.</summary>
    private static async Task<long> Written(Running running)
    {
        for (var i = 0; i < 5; i++) await running.Create($"cm-{i}");
        var old = await running.Create("old");
        await running.Send(HttpMethod.Post, "/api/v1/namespaces/default/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"a":"b"}}""");
        await running.Send(HttpMethod.Post, "/api/v1/namespaces/default/services", """{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"ports":[{"port":80}],"selector":{"a":"b"}}}""");
        await running.Send(HttpMethod.Patch, "/api/v1/namespaces/default/configmaps/cm-1", """{"data":{"a":"c"}}""");
        await running.Send(HttpMethod.Delete, "/api/v1/namespaces/default/configmaps/cm-2");
        return old;
    }

    private static async Task<(string[] Shown, long Head)> GoesOn(ControlPlaneOptions options, string[] before, long old, long head)
    {
        long next;
        (string[], long) now;
        await using (var running = await Running.Start(options))
        {
            Assert.Equal(before, (await running.Shown(old, head)).Shown);
            next = await running.Create($"after-{head}");
            now = await running.Shown(old, null);
        }

        // Every number after those of the first database was given out here, and once.
        await using var store = JournalConfiguration.Store(new(options.DataDirectory, options.Database));
        var after = new List<long>();
        await store.ReadAll(
            async (_, _, rows) =>
            {
                await foreach (var row in rows)
                {
                    if (row.Revision > head) after.Add(row.Revision);
                }
            },
            CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, after.Count).Select(i => head + i), after);
        Assert.Contains(next, after);
        return now;
    }

    /// <summary>A control plane in this process.</summary>
    private sealed class Running(ControlPlaneHost host, HttpClient http) : IAsyncDisposable
    {
        public static async Task<Running> Start(ControlPlaneOptions options)
        {
            var host = await ControlPlaneHost.Start(options);
            return new(host, ControlPlaneFixture.NewClient(host.Pki, options));
        }

        public async Task<JsonNode> Send(HttpMethod method, string path, string? body = null)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json");
            using var answer = await http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created, text);
            return JsonNode.Parse(text)!;
        }

        /// <summary>Makes a config map; the result is its resourceVersion.</summary>
        public async Task<long> Create(string name) => Version(await Send(
            HttpMethod.Post, "/api/v1/namespaces/default/configmaps", $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"},"data":{"a":"b"}}"""));

        /// <summary>The bytes of lists as of a revision (null: now), and of a watch from another.</summary>
        public async Task<(string[] Shown, long Head)> Shown(long watchFrom, long? at)
        {
            var head = at ?? Version(await Send(HttpMethod.Get, Lists[0]));
            var shown = new List<string>();
            foreach (var list in Lists) shown.Add(await http.GetStringAsync($"{list}?resourceVersion={head}&resourceVersionMatch=Exact"));
            var watched = await http.GetStringAsync($"/api/v1/configmaps?watch=1&resourceVersion={watchFrom}&timeoutSeconds=1");

            // What was there when the first database was left; what comes after is the second one's.
            shown.AddRange(watched.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => Version(JsonNode.Parse(line)!["object"]!) <= head));
            Assert.True(shown.Count >= Lists.Length + 2, watched);
            return ([.. shown], head);
        }

        private static long Version(JsonNode @object) => long.Parse((string)@object["metadata"]!["resourceVersion"]!, CultureInfo.InvariantCulture);

        public async ValueTask DisposeAsync()
        {
            http.Dispose();
            await host.DisposeAsync();
        }
    }
}
