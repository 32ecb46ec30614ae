using System.Collections.Immutable;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>A background process as <c>status</c> shows it; <paramref name="Pid"/> is null when it does not run.</summary>
public sealed record ProcessState(string Name, int? Pid);

/// <summary>A control plane as <c>status</c> shows it.</summary>
public sealed record MemberState(ClusterMember Member, bool Ready);

/// <summary>How a cluster is right now. <paramref name="Nodes"/> is null when the API does not answer.</summary>
public sealed record ClusterState(bool ApiReady, ImmutableArray<ProcessState> Processes, ImmutableArray<MemberState> ControlPlanes, ImmutableArray<NodeState>? Nodes)
{
    /// <summary>Whether every part of <paramref name="cluster"/> runs and is ready.</summary>
    public bool IsComplete(ClusterDescription cluster) =>
        ApiReady
        && Processes.Length > 0
        && Processes.All(process => process.Pid is not null)
        && ControlPlanes.All(member => member.Ready)
        && Nodes is { } nodes
        && cluster.Nodes.All(node => nodes.Any(state => state.Name == node.Name && state.Ready));

    /// <summary>Whether anything of it runs.</summary>
    public bool IsRunning => Processes.Any(process => process.Pid is not null);

    /// <summary>Looks at the processes and asks the API.</summary>
    public static async Task<ClusterState> Read(LocalCluster cluster, CancellationToken stop)
    {
        var processes = BackgroundProcess.Recorded(cluster.Folder).Select(process => new ProcessState(process.Name, process.Running?.Pid)).ToImmutableArray();
        var members = await Task.WhenAll(cluster.Description.ControlPlanes.Select(member => Read(cluster, member, processes, stop)));
        if (!processes.Any(process => process.Pid is not null && ClusterProcesses.IsControlPlane(process.Name))) return new ClusterState(false, processes, [.. members], null);
        using var client = cluster.Client();
        var ready = await client.IsReady(stop);
        return new ClusterState(ready, processes, [.. members], ready && await client.Nodes(stop) is { } nodes ? [.. nodes] : null);
    }

    private static async Task<MemberState> Read(LocalCluster cluster, ClusterMember member, ImmutableArray<ProcessState> processes, CancellationToken stop)
    {
        var name = ClusterProcesses.Member(cluster.Description, member);
        using var client = cluster.Client(member);
        return new(member, processes.Any(process => process.Name == name && process.Pid is not null) && await client.IsReady(stop));
    }
}
