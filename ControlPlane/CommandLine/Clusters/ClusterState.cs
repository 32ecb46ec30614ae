using System.Collections.Immutable;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>A background process as <c>status</c> shows it; <paramref name="Pid"/> is null when it does not run.</summary>
public sealed record ProcessState(string Name, int? Pid);

/// <summary>How a cluster is right now. <paramref name="Nodes"/> is null when the API does not answer.</summary>
public sealed record ClusterState(bool ApiReady, ImmutableArray<ProcessState> Processes, ImmutableArray<NodeState>? Nodes)
{
    /// <summary>Whether every part of <paramref name="cluster"/> runs and is ready.</summary>
    public bool IsComplete(ClusterDescription cluster) =>
        ApiReady
        && Processes.Length > 0
        && Processes.All(process => process.Pid is not null)
        && Nodes is { } nodes
        && cluster.Nodes.All(node => nodes.Any(state => state.Name == node.Name && state.Ready));

    /// <summary>Whether anything of it runs.</summary>
    public bool IsRunning => Processes.Any(process => process.Pid is not null);

    /// <summary>Looks at the processes and asks the API.</summary>
    public static async Task<ClusterState> Read(LocalCluster cluster, CancellationToken stop)
    {
        var processes = BackgroundProcess.Recorded(cluster.Folder).Select(process => new ProcessState(process.Name, process.Running?.Pid)).ToImmutableArray();
        if (!processes.Any(process => process is { Name: ClusterProcesses.ControlPlane, Pid: not null })) return new ClusterState(false, processes, null);
        using var client = cluster.Client();
        var ready = await client.IsReady(stop);
        return new ClusterState(ready, processes, ready && await client.Nodes(stop) is { } nodes ? [.. nodes] : null);
    }
}
