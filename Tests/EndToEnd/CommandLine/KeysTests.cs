using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine;
using ControlPlane.CommandLine.Clusters;
using Shared.Json;
using Shared.Processes;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>Three control planes as processes, whose keys change while a client never pauses.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class KeysTests
{
    private const string Secrets = "/api/v1/namespaces/default/secrets";
    private const string Clear = "swordfish-swordfish-swordfish";
    private static readonly string Encoded = Convert.ToBase64String(Encoding.ASCII.GetBytes(Clear));

    [RootFact]
    public async Task Keys_of_secrets_rotate_under_a_client_that_never_pauses_and_nothing_is_in_clear_text()
    {
        await using var cluster = new TemporaryCluster();
        var local = await cluster.Up(1, ClusterRuntime.Hollow, 3);
        for (var i = 0; i < 40; i++) await Keep(cluster, i);
        var version = await Version(cluster);
        var client = new RestlessClient(cluster.Folder.Kubeconfig, kept: 40);
        Assert.Equal(0, await cluster.Actors("keys", "rotate"));
        await cluster.AllIsWell();
        Assert.Equal(0, await cluster.Actors("keys", "drop-old"));
        Assert.Equal(1, await cluster.Actors("keys", "drop-old"));
        await client.Stop();
        Assert.Equal(version, await Version(cluster));

        // The others hear of it from the database.
        string[] rings = [];
        await ControlPlaneMembers.Until("every member to have dropped the key", async () =>
        {
            rings = await Task.WhenAll(local.Description.Members.Select(member => File.ReadAllTextAsync(Path.Combine(cluster.Folder.MemberFolder(member), "secrets.keys"))));
            return rings.Distinct().Count() == 1 && rings[0].StartsWith("2 ", StringComparison.Ordinal);
        });
        Assert.StartsWith("2 ", Assert.Single(rings.Distinct()), StringComparison.Ordinal);
        await cluster.Down();
        var key = rings[0].Trim().Split(' ')[1];
        byte[][] forbidden = [Encoding.ASCII.GetBytes(Clear), Encoding.ASCII.GetBytes(Encoded), Encoding.ASCII.GetBytes(key), Convert.FromBase64String(key)];
        foreach (var file in Directory.EnumerateFiles(cluster.Folder.DatabaseData, "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            Assert.All(forbidden, each => Assert.True(bytes.AsSpan().IndexOf(each) < 0, $"{file} holds it in clear text"));
        }

        // One of them, as it was before, comes back from a backup of its folder.
        await File.WriteAllTextAsync(Path.Combine(cluster.Folder.Members, "cp-2", "secrets.keys"), await File.ReadAllTextAsync(cluster.Folder.KeyRing));
        await cluster.Up(1, ClusterRuntime.Hollow);
        foreach (var context in (string[])["actors-cp-1", "actors-cp-2", "actors-cp-3"])
        {
            Assert.Equal(Encoded, await cluster.Kubectl("--context", $"kubernetes-admin@{context}", "get", "secret", "kept-7", "-o", "jsonpath={.data.v}"));
        }
    }

    [RootFact]
    public async Task Authority_is_replaced_under_a_client_that_never_pauses_and_the_old_one_is_worth_nothing_then()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(2, ClusterRuntime.Hollow, 3);
        await Keep(cluster, 0);
        var authority = Path.Combine(cluster.Folder.Path, "pki", "ca.crt");
        var before = await File.ReadAllTextAsync(authority);
        var stale = Path.Combine(cluster.Folder.Path, "stale.kubeconfig");
        File.Copy(cluster.Folder.Kubeconfig, stale);
        Assert.Equal(1, await cluster.Actors("keys", "drop-old", "--authority"));

        var client = new RestlessClient(cluster.Folder.Kubeconfig, kept: 1);
        Assert.Equal(0, await cluster.Actors("keys", "rotate", "--authority"));
        Assert.Contains(before.Trim(), await File.ReadAllTextAsync(authority), StringComparison.Ordinal);
        Assert.Equal(1, await cluster.Actors("keys", "rotate", "--authority"));
        Assert.Equal(0, await cluster.Actors("keys", "drop-old", "--authority"));
        Assert.Equal(1, await cluster.Actors("keys", "drop-old", "--authority"));
        await client.Stop();

        var after = await File.ReadAllTextAsync(authority);
        Assert.DoesNotContain(before.Trim(), after, StringComparison.Ordinal);
        Assert.Equal(after.Trim(), (await cluster.Kubectl("get", "configmap", "--namespace", "kube-system", "kube-root-ca.crt", "-o", "jsonpath={.data.ca\\.crt}")).Trim());
        await cluster.AllIsWell();

        // Who trusts the old authority does not believe the cluster, and who shows a certificate of it is nobody there.
        Assert.False((await ExternalProgram.TryRun("kubectl", ["--kubeconfig", stale, "get", "secrets"])).Succeeded);
        Assert.False((await ExternalProgram.TryRun("kubectl", ["--kubeconfig", stale, "--insecure-skip-tls-verify", "get", "secrets"])).Succeeded);
        await cluster.Down();
        await cluster.Up(2, ClusterRuntime.Hollow);
        Assert.Equal(Encoded, await cluster.Kubectl("get", "secret", "kept-0", "-o", "jsonpath={.data.v}"));
    }

    // What is tested begins later: a member that has just started may still be slow.
    private static Task Keep(TemporaryCluster cluster, int number) => ControlPlaneMembers.Until("a Secret to be made", async () =>
    {
        var made = await ExternalProgram.TryRun("kubectl", ["--kubeconfig", cluster.Folder.Kubeconfig, "create", "secret", "generic", $"kept-{number}", $"--from-literal=v={Clear}"]);
        return made.Succeeded || made.Error.Contains("already exists", StringComparison.Ordinal);
    });

    private static async Task<string> Version(TemporaryCluster cluster) => await cluster.Kubectl("get", "secret", "kept-0", "-o", "jsonpath={.metadata.resourceVersion}");

    /// <summary>Writes and reads Secrets without pause, through the balancer.</summary>
    private sealed class RestlessClient
    {
        private readonly ConcurrentQueue<string> _failures = [];
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;
        private int _rounds;

        public RestlessClient(string kubeconfig, int kept) => _running = Task.Run(() => Run(kubeconfig, kept));

        public async Task Stop()
        {
            var atStop = Volatile.Read(ref _rounds);
            await ControlPlaneMembers.Until("the client to go on", () => Task.FromResult(Volatile.Read(ref _rounds) > atStop + 5));
            await _stop.CancelAsync();
            await _running;
            Assert.True(_failures.IsEmpty, string.Join('\n', _failures));
        }

        private async Task Run(string kubeconfig, int kept)
        {
            while (!_stop.IsCancellationRequested)
            {
                // As every run of kubectl does: it trusts whom the file says now.
                using var client = ClusterClient.Of(kubeconfig);
                try
                {
                    var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Secret", ["metadata"] = new JsonObject { ["name"] = $"c-{_rounds}" }, ["data"] = new JsonObject { ["v"] = Encoded } };
                    await client.Send(HttpMethod.Post, Secrets, default, body);
                    var read = await client.Send(HttpMethod.Get, $"{Secrets}/kept-{_rounds % kept}", default);
                    if (read.Text("data", "v") != Encoded) _failures.Enqueue(read.ToJsonString());
                    await client.Send(HttpMethod.Delete, $"{Secrets}/c-{_rounds}", default);
                }
                catch (CommandFailedException failure)
                {
                    _failures.Enqueue($"{DateTime.UtcNow:O} round {_rounds}: {failure.Message}");
                }
                Interlocked.Increment(ref _rounds);
            }
        }
    }
}
