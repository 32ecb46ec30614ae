using System.Collections.Immutable;
using Shared.Api;

namespace NodeActor.Runtime;

/// <summary>How far a container got. It only ever moves forward.</summary>
public enum ContainerPhase
{
    /// <summary>Made, its process not started.</summary>
    Created,

    /// <summary>The runtime lost track of it; it may be running.</summary>
    Unknown,

    /// <summary>Its process runs.</summary>
    Running,

    /// <summary>Its process ended; it never runs again.</summary>
    Exited,
}

/// <summary>A container the runtime has. <paramref name="Attempt"/> counts the starts of this container of this pod from 0: it is the restart count.</summary>
public sealed record RuntimeContainer(string Id, PodUid Pod, string SandboxId, string Name, int Attempt, ContainerPhase Phase)
{
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public int ExitCode { get; init; }

    /// <summary><c>Completed</c>, <c>Error</c>, <c>OOMKilled</c>, <c>StartError</c>, <c>ContainerStatusUnknown</c>; empty while it runs.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The termination message.</summary>
    public string Message { get; init; } = "";

    /// <summary>The image it was made from, as the pod named it; empty if that is not known.</summary>
    public string Image { get; init; } = "";

    /// <summary>What the image resolved to: a digest, or an image id.</summary>
    public string ImageRef { get; init; } = "";

    /// <summary>How long to wait after its exit before the next attempt; kept by the runtime, so that it outlives the agent.</summary>
    public TimeSpan RestartDelay { get; init; }

    /// <summary>True for a process that runs or may run.</summary>
    public bool MayRun => Phase is ContainerPhase.Running or ContainerPhase.Unknown;
}

/// <summary>A pod sandbox the runtime has: the network namespace and the process that holds it.</summary>
public sealed record RuntimeSandbox(string Id, PodUid Pod, string Namespace, string Name, int Attempt, bool Ready)
{
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The pod's addresses; empty with the host's network.</summary>
    public ImmutableArray<string> IPs { get; init; } = [];
}

/// <summary>All the runtime has of one pod.</summary>
public sealed record RuntimePod(ImmutableArray<RuntimeSandbox> Sandboxes, ImmutableArray<RuntimeContainer> Containers)
{
    /// <summary>Nothing.</summary>
    public static RuntimePod Empty { get; } = new([], []);

    /// <summary>The newest attempt of a container, or null.</summary>
    public RuntimeContainer? Latest(string name) => Containers.Where(one => one.Name == name).MaxBy(one => one.Attempt);

    /// <summary>The attempt before the newest, or null.</summary>
    public RuntimeContainer? Previous(string name) =>
        Containers.Where(one => one.Name == name).OrderByDescending(one => one.Attempt).Skip(1).FirstOrDefault();

    /// <summary>The newest sandbox that is ready, or null.</summary>
    public RuntimeSandbox? Current => Sandboxes.Where(one => one.Ready).MaxBy(one => one.Attempt);

    /// <summary>True when both hold the same sandboxes and containers in the same phases.</summary>
    public bool SameShape(RuntimePod other) =>
        Sandboxes.Select(one => (one.Id, one.Ready)).ToHashSet().SetEquals(other.Sandboxes.Select(one => (one.Id, one.Ready)))
        && Containers.Where(one => one.SandboxId.Length > 0).Select(one => (one.Id, one.Phase)).ToHashSet()
            .SetEquals(other.Containers.Where(one => one.SandboxId.Length > 0).Select(one => (one.Id, one.Phase)));
}

/// <summary>What a running container has used so far.</summary>
/// <param name="At">When the processor's counter was read.</param>
/// <param name="CpuNanoseconds">Processor time since its start.</param>
/// <param name="MemoryBytes">Its working set: what it holds, without file pages that it has not touched for long.</param>
public sealed record ContainerCounters(string Id, PodUid Pod, string Name, DateTimeOffset At, long CpuNanoseconds, long MemoryBytes);

/// <summary>An image the runtime has.</summary>
/// <param name="Uid">The numeric user it runs as, if it names one; null for a user name or none.</param>
public sealed record RuntimeImage(string Id, string Ref, ImmutableArray<string> Names, long Bytes, long? Uid, string UserName);

/// <summary>What a command in a container printed and how it ended.</summary>
public sealed record ExecResult(int ExitCode, string Output);
