using System.Collections.Immutable;

namespace NodeActor.Hosting;

/// <summary>How a node runs containers.</summary>
public enum NodeRuntime
{
    /// <summary>Real containers, through containerd.</summary>
    Containerd,

    /// <summary>Simulated ones.</summary>
    Hollow,
}

/// <summary>What one node process is told at its start.</summary>
public sealed record NodeProcessOptions
{
    /// <summary>The Node's name; with a <see cref="Count"/> the prefix of names, <c>NAME-1</c> to <c>NAME-N</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How many nodes this process hosts, only with <see cref="NodeRuntime.Hollow"/>; null: one, called <see cref="Name"/>.</summary>
    public int? Count { get; init; }

    /// <summary>The <c>host:port</c> of control planes to ask first.</summary>
    public required ImmutableArray<string> Seeds { get; init; }

    /// <summary>The node's InternalIP, where it also listens for logs and exec.</summary>
    public required string Address { get; init; }

    /// <summary>The port for logs and exec.</summary>
    public int StreamingPort { get; init; } = 10250;

    /// <summary>Labels of the Node beyond those every node has.</summary>
    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>What must survive the process: pod folders, container logs.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>A folder for the mounts of what must not reach a disk; best one that is empty after a start of the machine.</summary>
    public required string VolatileDirectory { get; init; }

    /// <summary>The PEM file with the node's certificate and key.</summary>
    public required string CertificateFile { get; init; }

    /// <summary>The PEM file with the certificate of the cluster's authority.</summary>
    public required string AuthorityFile { get; init; }

    /// <summary>How often the node looks what it and its pods use; null: the agent's default.</summary>
    public TimeSpan? UsageEvery { get; init; }

    public NodeRuntime Runtime { get; init; } = NodeRuntime.Containerd;

    /// <summary>containerd's socket.</summary>
    public string ContainerdSocket { get; init; } = "/run/containerd/containerd.sock";

    /// <summary>The folder in which containerd looks for the network configuration; the agent writes it once it knows the node's pod range.</summary>
    public string CniConfigDirectory { get; init; } = "/etc/cni/net.d";

    /// <summary>The name of the pod network; CNI keeps results under it, so nodes that share a machine need different ones.</summary>
    public string NetworkName { get; init; } = "pods";

    /// <summary>The cgroup above those of all containers; empty: containerd's own.</summary>
    public string CgroupParent { get; init; } = "";
}
