using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine.Backups;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.Journal.Backups;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>Clusters that are lost and come back, or move to other control planes, with the verbs a user has.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class BackupTests : IDisposable
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("backup-");

    private string File => Path.Combine(_directory.FullName, "cluster.backup");

    public void Dispose() => _directory.Delete(recursive: true);

    [RootFact]
    public async Task A_cluster_that_was_lost_comes_back_from_a_backup_that_was_taken_while_a_client_wrote()
    {
        List<(string Name, string Uid, long Revision)> acknowledged;
        string secret, web;
        await using (var lost = new TemporaryCluster())
        {
            var local = await lost.Up(1, ClusterRuntime.Hollow);
            await lost.Kubectl("create", "secret", "generic", "s", "--from-literal=password=swordfish");
            await lost.Kubectl("create", "deployment", "web", "--image=demo/busybox:v1", "--replicas=2");
            await lost.Kubectl("rollout", "status", "deployment/web", "--timeout=60s");
            acknowledged = await WrittenDuring(local, async count =>
            {
                await count(20);
                Assert.Equal(0, await lost.Actors("backup", File, "--keys"));
                await count(20);
            });
            secret = await lost.Kubectl("get", "secret", "s", "-o", "json");
            web = await lost.Kubectl("get", "deployment", "web", "-o", "jsonpath={.metadata.uid}");
        }
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        long head;
        using (var backup = new BackupReader(File)) head = backup.Header.Head;

        await using var cluster = new TemporaryCluster();
        Assert.Equal(0, await cluster.Actors("restore", File));
        await cluster.Up(1, ClusterRuntime.Hollow);
        Assert.Equal(1, await cluster.Actors("restore", File));

        // Of what one client wrote one after the other, the backup has the first part, as it was.
        var found = JsonNode.Parse(await cluster.Kubectl("get", "--raw", ConfigMaps))!["items"]!.AsArray().Select(Shown).Where(shown => shown.Name.StartsWith("cm-", StringComparison.Ordinal));
        var kept = acknowledged.Where(written => written.Revision <= head).ToArray();
        Assert.InRange(kept.Length, 20, acknowledged.Count - 10);
        Assert.Equal(kept.Order(), found.Order());
        Assert.Equal(secret, await cluster.Kubectl("get", "secret", "s", "-o", "json"));
        Assert.Equal(web, await cluster.Kubectl("get", "deployment", "web", "-o", "jsonpath={.metadata.uid}"));
        await cluster.Kubectl("rollout", "status", "deployment/web", "--timeout=60s");

        // What a client remembers of the lost cluster means nothing here, and is never given out again.
        foreach (var old in (long[])[kept[0].Revision, head, acknowledged[^1].Revision])
        {
            var watched = await cluster.Kubectl("get", "--raw", $"{ConfigMaps}?watch=1&resourceVersion={old}&timeoutSeconds=5");
            Assert.Equal(410, (int)JsonNode.Parse(watched)!["object"]!["code"]!);
        }
        var next = await cluster.Kubectl("create", "configmap", "next", "-o", "jsonpath={.metadata.resourceVersion}");
        Assert.True(long.Parse(next, CultureInfo.InvariantCulture) > head + ClusterRestore.Jump, next);
    }

    [RootFact]
    public async Task A_cluster_moves_from_one_control_plane_to_three_and_back_in_its_folder()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(1, ClusterRuntime.Hollow);
        await cluster.Kubectl("create", "secret", "generic", "s", "--from-literal=password=swordfish");
        for (var i = 0; i < 3; i++) await cluster.Kubectl("create", "configmap", $"cm-{i}");
        // Made by the namespace itself, some time after the start.
        Assert.True(await Waiting.Until(async () => (await cluster.Kubectl("get", "configmaps", "-o", "name")).Contains("kube-root-ca.crt", StringComparison.Ordinal), TimeSpan.FromSeconds(60), CancellationToken.None));
        var (before, old) = await Listed(cluster);
        await cluster.Down();

        Assert.Equal(0, await cluster.Actors("backup", File));
        Assert.Equal(0, await cluster.Actors("restore", File, "--exact", "--control-planes", "3"));
        Assert.Empty(new ClusterTeardown(cluster.Folder).Left());
        var three = await cluster.Up(1, ClusterRuntime.Hollow);
        Assert.Equal(3, three.Description.Members.Length);
        Assert.Equal(before, (await Listed(cluster)).Items);
        await cluster.Kubectl("create", "configmap", "cm-3");
        var watched = await cluster.Kubectl("get", "--raw", $"{ConfigMaps}?watch=1&resourceVersion={old}&timeoutSeconds=2");
        Assert.Equal("cm-3", (string?)JsonNode.Parse(watched)!["object"]!["metadata"]!["name"]);
        Assert.True(Shown(JsonNode.Parse(watched)!["object"]).Revision < ClusterRestore.Jump);
        (before, _) = await Listed(cluster);

        // Also while it runs, with the database it has by now.
        Assert.Equal(0, await cluster.Actors("backup", File));
        using (var running = new BackupReader(File)) Assert.True(running.Header.WhileRunning);
        await cluster.Down();
        Assert.Equal(1, await cluster.Actors("restore", File, "--exact", "--control-planes", "1"));
        Assert.Equal(0, await cluster.Actors("backup", File));
        Assert.Equal(1, await cluster.Actors("restore", File, "--exact", "--control-planes", "1"));
        foreach (var left in Directory.GetFiles(cluster.Folder.Path, "journal.db*")) System.IO.File.Delete(left);
        Assert.Equal(0, await cluster.Actors("restore", File, "--exact", "--control-planes", "1"));
        var one = await cluster.Up(1, ClusterRuntime.Hollow);
        Assert.True(one.Description.IsAlone);
        Assert.Equal(before, (await Listed(cluster)).Items);
    }

    // Config maps and secrets as they are answered, and the revision of that.
    private static async Task<(string Items, string Revision)> Listed(TemporaryCluster cluster)
    {
        var (maps, secrets) = (await cluster.Kubectl("get", "--raw", ConfigMaps), await cluster.Kubectl("get", "--raw", "/api/v1/namespaces/default/secrets"));
        return (Items(maps) + Items(secrets), (string)JsonNode.Parse(maps)!["metadata"]!["resourceVersion"]!);

        static string Items(string list) => list[list.IndexOf("\"items\"", StringComparison.Ordinal)..];
    }

    /// <summary>Writes one config map after the other while something is done; the result is what was acknowledged.</summary>
    private static async Task<List<(string Name, string Uid, long Revision)>> WrittenDuring(LocalCluster local, Func<Func<int, Task>, Task> during)
    {
        using var client = local.Client();
        using var stop = new CancellationTokenSource();
        var acknowledged = new List<(string, string, long)>();
        var writer = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var made = await client.Post(ConfigMaps, new JsonObject { ["metadata"] = new JsonObject { ["name"] = $"cm-{i}" } }, CancellationToken.None);
                lock (acknowledged) acknowledged.Add(Shown(made));
            }
        });
        await during(async more =>
        {
            var target = Count() + more;
            Assert.True(await Waiting.Until(() => writer.IsFaulted || Count() >= target, TimeSpan.FromSeconds(60), CancellationToken.None), $"{more} more are written");
        });
        await stop.CancelAsync();
        await writer;
        return acknowledged;

        int Count()
        {
            lock (acknowledged) return acknowledged.Count;
        }
    }

    private static (string Name, string Uid, long Revision) Shown(JsonNode? made)
    {
        var metadata = made!["metadata"]!;
        return ((string)metadata["name"]!, (string)metadata["uid"]!, long.Parse((string)metadata["resourceVersion"]!, CultureInfo.InvariantCulture));
    }
}
