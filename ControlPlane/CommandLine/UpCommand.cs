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
        var port = new Option<int?>("--port") { Description = "The HTTPS port of the API (6443).", HelpName = "PORT" }.AcceptPorts();
        var database = new Option<string?>("--database") { Description = "A PostgreSQL connection string, instead of SQLite.", HelpName = "CONNECTION" }.AcceptConnectionStrings();
        var runtime = new Option<ClusterRuntime?>("--runtime") { Description = "containerd: real containers (needs root); hollow: simulated ones." };
        var controlPlanes = ClusterOptions.ControlPlanes("How many control planes (1): 3 or 5 share a PostgreSQL server and survive the loss of 1 or 2.");
        var grace = new Option<string?>("--node-lease-grace") { Description = "How long a node may be silent before its pods are replaced (6s).", HelpName = "TIME" };
        var command = new Command("up", "Start a cluster on this machine in the background, and wait until it is ready.") { nodes, controlPlanes, port, data, database, runtime, grace };
        nodes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1) result.AddError("--nodes must be at least 1: pods need a node to run on.");
        });
        command.SetAction(async (parse, stop) =>
        {
            var wish = new ClusterWish(parse.GetValue(nodes), parse.GetValue(port), parse.GetValue(database), parse.GetValue(runtime), parse.GetValue(grace), parse.GetValue(controlPlanes));
            var folder = new ClusterFolder(parse.GetRequiredValue(data));
            await Up(folder, wish, Terminal.Done, stop);
            Console.WriteLine($"export KUBECONFIG={folder.Kubeconfig}");
            return 0;
        });
        return command;
    }

    /// <summary>Brings the cluster of a folder up to the wish. What a failure or a cancellation leaves half started is stopped again; logs stay.</summary>
    public static async Task<LocalCluster> Up(ClusterFolder folder, ClusterWish wish, Action<string> tell, CancellationToken stop)
    {
        if (wish.NodeLeaseGrace is { } grace) ClusterOptions.Duration(grace);
        using var mine = await FolderLock.Take(folder.Path, LockPatience, stop);
        folder.Create();
        var known = folder.Load();
        var before = Running(folder).Select(process => process.Name).ToHashSet();
        try
        {
            var local = new LocalCluster(folder, await Describe(folder, known, before.Count > 0, wish, tell, stop), tell);
            await local.Start(stop);
            return local;
        }
        catch
        {
            await TakeBack(folder, known, before);
            throw;
        }
    }

    private static IEnumerable<BackgroundProcess> Running(ClusterFolder folder) => BackgroundProcess.Recorded(folder).Where(process => process.Running is not null);

    // What ran before this command goes on; all else that is there now was started by it.
    private static async Task TakeBack(ClusterFolder folder, ClusterDescription? known, HashSet<string> before)
    {
        if (before.Count == 0)
        {
            await new ClusterTeardown(folder).Run(CancellationToken.None);
            return;
        }
        foreach (var started in Running(folder).Where(process => !before.Contains(process.Name)))
        {
            if (started.Name == ClusterProcesses.Database) await ClusterTeardown.StopDatabase(started, CancellationToken.None);
            if (started.Running is { } process) Signals.SendKill(process);
            started.Forget();
        }
        if (known is not null) folder.Save(known);
    }

    private static async Task<ClusterDescription> Describe(ClusterFolder folder, ClusterDescription? known, bool runs, ClusterWish wish, Action<string> tell, CancellationToken stop)
    {
        Check(known, runs, wish);
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
            return await Choose(folder, known, wish, tell, stop);
        }
        return await Choose(folder, known, wish, tell, stop);
    }

    private static async Task<ClusterDescription> Choose(ClusterFolder folder, ClusterDescription? known, ClusterWish wish, Action<string> tell, CancellationToken stop)
    {
        var cluster = known is null ? await ClusterPlan.New(folder, wish, stop) : await ClusterPlan.Restart(folder, known, wish, stop);
        if (!ClusterPlan.IsFree(cluster.Port)) throw new CommandFailedException($"Port {cluster.Port} is in use. Choose another with --port.");
        folder.Save(cluster);
        foreach (var node in known?.Nodes.Skip(cluster.Nodes.Length) ?? [])
        {
            tell($"{node.Name} is not started any more; once its pods are replaced, remove it: kubectl delete node {node.Name}");
        }
        if (cluster.Runtime == ClusterRuntime.Containerd) await NodeNetworks.EnsureBridge(cluster, stop);
        return cluster;
    }

    private static void Check(ClusterDescription? known, bool runs, ClusterWish wish)
    {
        if ((wish.ControlPlanes ?? known?.ControlPlanes.Length) > 1)
        {
            var needed = Requirements.MissingForSeveral(ownDatabase: (wish.Database ?? known?.Database) is null);
            if (needed.Count > 0) throw new CommandFailedException($"Several control planes can't run here:\n{string.Join('\n', needed.Select(line => $"  - {line}"))}");
        }
        if (known is not null && runs) return;
        if ((wish.Runtime ?? known?.Runtime) == ClusterRuntime.Hollow) return;
        var missing = Requirements.Missing();
        if (missing.Count == 0) return;
        throw new CommandFailedException(
            $"Real nodes can't run here:\n{string.Join('\n', missing.Select(line => $"  - {line}"))}\nWith simulated containers it works everywhere: actors up --runtime hollow");
    }
}
