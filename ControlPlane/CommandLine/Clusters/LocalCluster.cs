using System.Net;
using ControlPlane.Access.Pki;
using ControlPlane.CommandLine.Images;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>
/// A cluster on this machine: its control planes and its nodes, as background processes. Every method starts from what is there: a part that runs
/// is left alone, one that does not is started.
/// </summary>
/// <param name="tell">Hears one line about each step.</param>
public sealed class LocalCluster(ClusterFolder folder, ClusterDescription cluster, Action<string> tell)
{
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(60);

    private readonly ClusterPki _pki = ClusterPki.Ensure(
        folder.Path, new PkiOptions { Addresses = [IPAddress.Parse(cluster.ControlPlaneAddress)] }, TimeProvider.System);

    public ClusterDescription Description => cluster;

    public ClusterFolder Folder => folder;

    /// <summary>Starts everything and waits until the API and every node are ready.</summary>
    public async Task Start(CancellationToken stop)
    {
        if (cluster.Runtime == ClusterRuntime.Containerd)
        {
            await NodeNetworks.EnsureBridge(cluster, stop);
            await DemoArchive.Ensure(Path.Combine(folder.Images, "demo.tar"), stop);
        }
        var nodes = cluster.Runtime == ClusterRuntime.Containerd ? PrepareNodes(stop) : Task.CompletedTask;
        await Task.WhenAll(StartControlPlanes(stop), nodes);
        await StartAgents(stop);
        await WaitForNodes(stop);
    }

    /// <summary>Starts the control planes, with their database and the balancer where they are several, and waits until they are ready.</summary>
    public async Task StartControlPlanes(CancellationToken stop)
    {
        var members = new ClusterMembers(folder, cluster, _pki);
        if (cluster.HasPrivateDatabase)
        {
            await members.Database.Start(stop);
            tell($"database ready in {folder.DatabaseData}");
        }
        await members.Start(stop);
        Kubeconfig.Write(folder.Kubeconfig, "actors", cluster.Server, _pki, cluster.IsAlone ? [] : cluster.Members.Select(member => (member.Name, member.Server)));
        if (cluster.IsAlone)
        {
            tell($"control plane ready at {cluster.Server}");
            return;
        }
        tell($"{cluster.Members.Length} control planes ready");
        await new Balancer(folder, cluster, _pki).Start(stop);
        tell($"balancer ready at {cluster.Server}");
    }

    /// <summary>Starts one node's agent in the node's network.</summary>
    public async Task StartAgent(ClusterNode node, CancellationToken stop)
    {
        var certificate = _pki.Node(node.Name, [IPAddress.Parse(node.Address)]);
        await new BackgroundProcess(folder, ClusterProcesses.Agent(node))
            .Start(ClusterProcesses.AgentCommand(folder, cluster, node, certificate.File, _pki.AuthorityFile), stop: stop);
    }

    /// <summary>Waits until every node of the cluster is Ready.</summary>
    public async Task WaitForNodes(CancellationToken stop)
    {
        using var client = Client();
        IReadOnlyList<NodeState> seen = [];
        var names = cluster.Nodes.Select(node => node.Name).ToHashSet();
        var agents = Agents().ToArray();
        var ready = await Waiting.Until(
            async () =>
            {
                if (agents.FirstOrDefault(agent => agent.Running is null) is { } ended) throw ended.Ended();
                seen = await client.Nodes(stop) ?? [];
                return names.IsSubsetOf(seen.Where(node => node.Ready).Select(node => node.Name));
            },
            ReadyPatience,
            stop);
        if (ready)
        {
            tell($"{names.Count} nodes ready");
            return;
        }
        var missing = names.Except(seen.Where(node => node.Ready).Select(node => node.Name)).Order().Take(5);
        throw new CommandFailedException($"After {ReadyPatience.TotalSeconds} s these nodes are not ready: {string.Join(", ", missing)}. Their logs are in {folder.Logs}.");
    }

    /// <summary>Loads an archive on every node at once, and tells the names that were in it.</summary>
    public async Task<IReadOnlyList<string>> Import(string archive, CancellationToken stop)
    {
        var names = await Task.WhenAll(cluster.Nodes.Select(node => new NodeContainerd(folder, cluster, node).Import(archive, stop)));
        return [.. names.SelectMany(each => each).Distinct()];
    }

    /// <summary>A client of the API with the administrator's certificate.</summary>
    public ClusterClient Client() => new(cluster.Server, _pki);

    /// <summary>A client of one control plane, past the balancer.</summary>
    public ClusterClient Client(ClusterMember member) => new(cluster.IsAlone ? cluster.Server : member.Server, _pki);

    private async Task PrepareNodes(CancellationToken stop)
    {
        await Parallel.ForEachAsync(cluster.Nodes, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = stop }, async (node, cancel) =>
        {
            await NodeNetworks.EnsureNode(cluster, node, cancel);
            var containerd = new NodeContainerd(folder, cluster, node);
            if (containerd.Process.Running is not null) return;
            await containerd.Start(cancel);
            foreach (var archive in Directory.GetFiles(folder.Images, "*.tar")) await containerd.Import(archive, cancel);
        });
        tell($"{cluster.Nodes.Length} nodes with containerd on {cluster.Subnet}");
    }

    /// <summary>A client of one control plane that believes only the authority that signs now.</summary>
    public ClusterClient OnlyOfSigning(ClusterMember member) => ClusterClient.OnlyOfSigning(cluster.IsAlone ? cluster.Server : member.Server, _pki);

    /// <summary>Starts the agents that do not run.</summary>
    public async Task StartAgents(CancellationToken stop)
    {
        if (cluster.Runtime == ClusterRuntime.Containerd)
        {
            await Parallel.ForEachAsync(cluster.Nodes, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = stop }, async (node, cancel) => await StartAgent(node, cancel));
            return;
        }
        var certificate = _pki.HollowNodes("node", [IPAddress.Loopback]);
        await new BackgroundProcess(folder, ClusterProcesses.HollowNodes)
            .Start(ClusterProcesses.HollowCommand(folder, cluster, certificate.File, _pki.AuthorityFile), stop: stop);
    }

    /// <summary>The processes of the agents.</summary>
    public IEnumerable<BackgroundProcess> Agents() => cluster.Runtime == ClusterRuntime.Hollow
        ? [new BackgroundProcess(folder, ClusterProcesses.HollowNodes)]
        : cluster.Nodes.Select(node => new BackgroundProcess(folder, ClusterProcesses.Agent(node)));
}
