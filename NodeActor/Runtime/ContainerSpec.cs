using System.Collections.Immutable;

namespace NodeActor.Runtime;

/// <summary>A path of the node in a container.</summary>
/// <param name="Propagation"><c>None</c>, <c>HostToContainer</c> or <c>Bidirectional</c>.</param>
public sealed record ContainerMount(string ContainerPath, string HostPath, bool ReadOnly, string Propagation);

/// <summary>A seccomp profile: <c>Unconfined</c>, <c>RuntimeDefault</c> or <c>Localhost</c> with a path.</summary>
public sealed record SeccompSettings(string Type, string Path);

/// <summary>Limits of a container's control groups; 0 is none.</summary>
public sealed record ContainerLimits(long CpuShares, long CpuPeriod, long CpuQuota, long MemoryBytes, long OomScoreAdj);

/// <summary>Who a container's process is and what it may do.</summary>
public sealed record ContainerSecurity
{
    public bool Privileged { get; init; }
    public bool ReadOnlyRoot { get; init; }
    public bool NoNewPrivileges { get; init; }
    public long? RunAsUser { get; init; }
    public string RunAsUserName { get; init; } = "";
    public long? RunAsGroup { get; init; }
    public ImmutableArray<long> SupplementalGroups { get; init; } = [];
    public ImmutableArray<string> AddCapabilities { get; init; } = [];
    public ImmutableArray<string> DropCapabilities { get; init; } = [];

    /// <summary>True leaves the parts of /proc visible that are otherwise masked.</summary>
    public bool UnmaskedProc { get; init; }

    public SeccompSettings Seccomp { get; init; } = new("Unconfined", "");
}

/// <summary>What a container is made from: everything is resolved, nothing refers to an API object any more.</summary>
public sealed record ContainerSpec(string Name, int Attempt, string Image)
{
    /// <summary>Relative to the sandbox's log directory.</summary>
    public string LogPath { get; init; } = "";

    public ImmutableArray<string> Command { get; init; } = [];
    public ImmutableArray<string> Args { get; init; } = [];
    public string WorkingDirectory { get; init; } = "";
    public ImmutableArray<KeyValuePair<string, string>> Environment { get; init; } = [];
    public ImmutableArray<ContainerMount> Mounts { get; init; } = [];
    public ContainerLimits Limits { get; init; } = new(0, 0, 0, 0, 0);
    public ContainerSecurity Security { get; init; } = new();
    public bool Stdin { get; init; }
    public bool StdinOnce { get; init; }
    public bool Tty { get; init; }

    /// <summary>The file of the node that the container may write its termination message to; empty for none.</summary>
    public string TerminationMessageFile { get; init; } = "";

    /// <summary>See <see cref="RuntimeContainer.RestartDelay"/>.</summary>
    public TimeSpan RestartDelay { get; init; }

    /// <summary>Says what it is for, never the environment: it may hold secrets.</summary>
    public override string ToString() => $"{Name} attempt {Attempt} of {Image}";
}
