using System.CommandLine;
using ControlPlane.CommandLine.Clusters;

namespace ControlPlane.CommandLine;

/// <summary><c>up</c>: starts a cluster in the background and waits until it is ready. Again: starts only what does not run.</summary>
internal static class UpCommand
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(2);

    public static Command Build()
    {
        var data = ClusterOptions.Data();
        var nodes = new Option<int?>("--nodes") { Description = "How many nodes (3).", HelpName = "N" };
        var port = new Option<int?>("--port") { Description = "The HTTPS port of the API (6443).", HelpName = "PORT" };
        var database = new Option<string?>("--database") { Description = "A PostgreSQL connection string, instead of SQLite.", HelpName = "CONNECTION" };
        var runtime = new Option<ClusterRuntime?>("--runtime") { Description = "containerd: real containers (needs root); hollow: simulated ones." };
        var grace = new Option<string?>("--node-lease-grace") { Description = "How long a node may be silent before its pods are replaced (6s).", HelpName = "TIME" };
        var command = new Command("up", "Start a cluster on this machine in the background, and wait until it is ready.") { nodes, port, data, database, runtime, grace };
        nodes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 0) result.AddError("--nodes can't be negative.");
        });
        command.SetAction(async (parse, stop) =>
        {
            var wish = new ClusterWish(parse.GetValue(nodes), parse.GetValue(port), parse.GetValue(database), parse.GetValue(runtime), parse.GetValue(grace));
            var folder = new ClusterFolder(parse.GetRequiredValue(data));
            await Up(folder, wish, Terminal.Done, stop);
            Console.WriteLine($"export KUBECONFIG={folder.Kubeconfig}");
            return 0;
        });
        return command;
    }

    /// <summary>Brings the cluster of a folder up to the wish.</summary>
    public static async Task<LocalCluster> Up(ClusterFolder folder, ClusterWish wish, Action<string> tell, CancellationToken stop)
    {
        if (wish.NodeLeaseGrace is { } grace) ClusterOptions.Duration(grace);
        using var mine = await FolderLock.Take(folder.Path, LockPatience, stop);
        folder.Create();
        var cluster = await Describe(folder, wish, tell, stop);
        var local = new LocalCluster(folder, cluster, tell) { NodeLeaseGrace = wish.NodeLeaseGrace };
        await local.Start(stop);
        return local;
    }

    private static async Task<ClusterDescription> Describe(ClusterFolder folder, ClusterWish wish, Action<string> tell, CancellationToken stop)
    {
        var known = folder.Load();
        var runs = BackgroundProcess.Recorded(folder).Any(process => process.Running is not null);
        if (known is null || !runs) Check(wish.Runtime ?? known?.Runtime ?? ClusterRuntime.Containerd);
        if (known is not null && runs)
        {
            var again = ClusterPlan.Again(folder, known, wish);
            if (again.Nodes.Length > (wish.Nodes ?? again.Nodes.Length)) tell($"the cluster keeps its {again.Nodes.Length} nodes: up adds nodes, it takes none away");
            else if (again == known) tell("the cluster was up already");
            folder.Save(again);
            return again;
        }

        // Whatever a crash left behind would be in the way.
        await new ClusterTeardown(folder).Run(stop);
        folder.Create();
        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess)
        {
            // Two clusters that start at once must not choose the same network; the bridge makes the choice visible to the next.
            using var choice = await FolderLock.Take("/run/actors", LockPatience, stop);
            return await Choose(folder, known, wish, stop);
        }
        return await Choose(folder, known, wish, stop);
    }

    private static async Task<ClusterDescription> Choose(ClusterFolder folder, ClusterDescription? known, ClusterWish wish, CancellationToken stop)
    {
        var cluster = known is null ? await ClusterPlan.New(folder, wish, stop) : await ClusterPlan.Restart(folder, known, wish, stop);
        if (!ClusterPlan.IsFree(cluster.Port)) throw new CommandFailedException($"Port {cluster.Port} is in use. Choose another with --port.");
        folder.Save(cluster);
        if (cluster.Runtime == ClusterRuntime.Containerd) await NodeNetworks.EnsureBridge(cluster, stop);
        return cluster;
    }

    private static void Check(ClusterRuntime runtime)
    {
        if (runtime == ClusterRuntime.Hollow) return;
        var missing = Requirements.Missing();
        if (missing.Count == 0) return;
        throw new CommandFailedException(
            $"Real nodes can't run here:\n{string.Join('\n', missing.Select(line => $"  - {line}"))}\nWith simulated containers it works everywhere: actors up --runtime hollow");
    }
}
