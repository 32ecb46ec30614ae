using System.Collections.Immutable;
using NodeActor.Volumes;
using Shared.Api;

namespace NodeActor.Pods;

/// <summary>What every pod of a node shares.</summary>
public sealed record PodNodeOptions(NodeName Node)
{
    /// <summary>Holds the folders of pods (volumes, hosts files, termination messages). Must survive the agent, not the machine.</summary>
    public required string PodsDirectory { get; init; }

    /// <summary>Holds the mounts of what must not reach a disk: Secret volumes and memory-backed emptyDirs. May lie on any file system.</summary>
    public required string VolatileDirectory { get; init; }

    /// <summary>Holds container logs, one folder a pod.</summary>
    public required string LogsDirectory { get; init; }

    /// <summary>Who makes volumes; the first that handles a kind makes it.</summary>
    public IReadOnlyList<IVolumePlugin> VolumePlugins { get; init; } = NodeVolumes.BuiltIn;

    /// <summary>Knows the Services; null on a node that does not follow them.</summary>
    public ServiceVariables? Services { get; init; }

    /// <summary>The cluster's DNS servers; none until the cluster has DNS: pods then use the node's resolver.</summary>
    public ImmutableArray<string> ClusterDns { get; init; } = [];

    /// <summary>The cluster's DNS domain.</summary>
    public string ClusterDomain { get; init; } = "cluster.local";

    /// <summary>How often all of the runtime is listed, to find what exits and hints did not tell.</summary>
    public TimeSpan RelistEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A container log is rotated above this many bytes.</summary>
    public long LargestLog { get; init; } = 10 * 1024 * 1024;

    /// <summary>How many files a container's log may have, the current one included.</summary>
    public int LogFiles { get; init; } = 5;
}
