using ControlPlane.CommandLine.Clusters;
using Shared.Processes;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>Three control planes on a PostgreSQL server of their own behind one address, as processes, killed and started again.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class SeveralControlPlanesTests
{
    private static readonly string[] Contexts = ["kubernetes-admin@actors", "kubernetes-admin@actors-cp-1", "kubernetes-admin@actors-cp-2", "kubernetes-admin@actors-cp-3"];

    [RootFact]
    public async Task A_killed_member_is_not_missed_for_long_and_comes_back_with_up()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(2, ClusterRuntime.Hollow, 3);
        await cluster.AllIsWell();
        await cluster.Kubectl("create", "configmap", "before");

        // The first is named first to everybody, and must be missed as little as any.
        Signals.SendKill(new BackgroundProcess(cluster.Folder, "control-plane-1").Running!.Value);
        await Until(cluster, "a write is taken", ["create", "configmap", "after", "--request-timeout=5s"]);
        Assert.Equal(1, await cluster.Actors("status"));

        await cluster.Up(2, ClusterRuntime.Hollow);
        await cluster.AllIsWell();
        foreach (var context in Contexts)
        {
            var names = await cluster.Kubectl("--context", context, "get", "configmaps", "-o", "name");
            Assert.Contains("configmap/before", names, StringComparison.Ordinal);
            Assert.Contains("configmap/after", names, StringComparison.Ordinal);
        }

        await cluster.Down();
        Assert.Empty(new ClusterTeardown(cluster.Folder).Left());
        Assert.False(Directory.Exists(cluster.Folder.RunDirectory));
        Assert.Equal(3, await cluster.Actors("status"));
    }

    [RootFact]
    public async Task Objects_outlive_a_crash_of_everything_and_a_member_with_other_keys_is_not_started()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(1, ClusterRuntime.Hollow, 3);
        await cluster.Kubectl("create", "configmap", "kept");
        var database = new BackgroundProcess(cluster.Folder, "database").Running!.Value;
        Signals.SendKill(database);
        Assert.True(await Waiting.Until(() => !database.IsAlive, TimeSpan.FromSeconds(30), CancellationToken.None));
        await cluster.Up(1, ClusterRuntime.Hollow);
        foreach (var process in BackgroundProcess.Recorded(cluster.Folder)) Signals.SendKill(process.Running!.Value);
        await cluster.Down();
        Assert.Empty(new ClusterTeardown(cluster.Folder).Left());
        Assert.False(File.Exists(Path.Combine(cluster.Folder.DatabaseData, "postmaster.pid")));

        // The file that differs is named, and what was started beside its member is stopped again.
        var key = Path.Combine(cluster.Folder.Members, "cp-1", "secrets.keys");
        var good = await File.ReadAllTextAsync(key);
        await File.WriteAllTextAsync(key, $"1 {Convert.ToBase64String(new byte[32])}\n");
        var refusal = await Assert.ThrowsAsync<ControlPlane.CommandLine.CommandFailedException>(() => cluster.Up(1, ClusterRuntime.Hollow));
        Assert.Contains(key, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(new ClusterTeardown(cluster.Folder).Left());
        await File.WriteAllTextAsync(key, good);

        await cluster.Up(1, ClusterRuntime.Hollow);
        Assert.Equal("configmap/kept", (await cluster.Kubectl("get", "configmap", "kept", "-o", "name")).Trim());
    }

    [RootFact]
    public async Task Members_with_real_nodes_live_in_networks_of_their_own()
    {
        await using var cluster = new TemporaryCluster();
        var local = await cluster.Up(1, controlPlanes: 3);
        Assert.Equal(4, NodeNetworks.Namespaces(local.Description.Bridge).Count);
        var members = string.Join(' ', local.Description.Members.Select(member => member.Address));
        string[] listed = ["get", "endpoints", "kubernetes", "-o", "jsonpath={.subsets[*].addresses[*].ip}"];
        Assert.True(await Waiting.Until(async () => (await cluster.Kubectl(listed)).Trim() == members, TimeSpan.FromSeconds(30), CancellationToken.None), await cluster.Kubectl(listed));
        await cluster.Kubectl("run", "busy", "--image=demo/busybox:v1", "--restart=Never", "--command", "--", "sh", "-c", "echo hello; sleep 1000000");
        await cluster.Kubectl("wait", "--for=condition=Ready", "pod/busy", "--timeout=60s");
        foreach (var context in Contexts) Assert.Equal("hello", (await cluster.Kubectl("--context", context, "logs", "busy")).Trim());

        await cluster.Down();
        Assert.Empty(new ClusterTeardown(cluster.Folder).Left());
    }

    /// <summary>Runs kubectl until it succeeds, within a bound.</summary>
    private static async Task Until(TemporaryCluster cluster, string phase, string[] arguments)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var result = await ExternalProgram.TryRun("kubectl", ["--kubeconfig", cluster.Folder.Kubeconfig, .. arguments]);

            // Its first answer may have been lost.
            if (result.Succeeded || result.Error.Contains("already exists", StringComparison.Ordinal)) return;
            Assert.False(bound.IsCancellationRequested, $"{phase}: {result.Error}");
        }
    }
}
