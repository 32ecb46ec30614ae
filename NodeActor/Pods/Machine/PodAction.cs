using System.Collections.Immutable;
using NodeActor.Probes;
using Shared.Protocol;

namespace NodeActor.Pods.Machine;

/// <summary>Something the machine wants done.</summary>
public abstract record PodAction;

/// <summary>
/// An action that takes time and ends in exactly one <see cref="PodResult"/> of the same <paramref name="Key"/>. No two operations of one key
/// are ever under way.
/// </summary>
public abstract record PodOperation(string Key) : PodAction
{
    /// <summary>True if it may add or remove what the runtime has: then nothing observed meanwhile can be trusted.</summary>
    public virtual bool ChangesShape => false;
}

/// <summary>Look at all the runtime has of this pod.</summary>
public sealed record ObservePod() : PodOperation("observe");

/// <summary>Look at one container until it has exited (it is said to have) or a short time has passed.</summary>
public sealed record ObserveExit(string Id) : PodOperation($"exit/{Id}");

/// <summary>Make what the pod's volumes show ready on the node.</summary>
public sealed record StageVolumes() : PodOperation("volumes-stage");

/// <summary>Make the pod's volumes lie in its folder, or bring them up to date.</summary>
public sealed record PublishVolumes() : PodOperation("volumes");

/// <summary>Take the pod's volumes out of its folder: nothing uses them any more.</summary>
public sealed record UnpublishVolumes() : PodOperation("volumes-unpublish");

/// <summary>Undo what was staged, where no other pod uses it.</summary>
public sealed record UnstageVolumes() : PodOperation("volumes-unstage");

/// <summary>Make a sandbox.</summary>
public sealed record RunSandbox(int Attempt) : PodOperation("sandbox")
{
    public override bool ChangesShape => true;
}

/// <summary>Take a sandbox's network down and kill what is left in it.</summary>
public sealed record StopSandbox(string Id) : PodOperation($"sandbox-stop/{Id}");

/// <summary>Remove a sandbox and its containers.</summary>
public sealed record RemoveSandbox(string Id) : PodOperation($"sandbox-remove/{Id}")
{
    public override bool ChangesShape => true;
}

/// <summary>See that the node has a container's image.</summary>
public sealed record EnsureImage(string Container, string Image, string Policy) : PodOperation($"image/{Container}");

/// <summary>Create and start the next attempt of a container.</summary>
public sealed record StartContainer(string Container, int Attempt, TimeSpan RestartDelay) : PodOperation($"container/{Container}")
{
    public override bool ChangesShape => true;
}

/// <summary>Remove a container that never ran, or one that is of no use any more.</summary>
public sealed record RemoveContainer(string Container, string Id, int Attempt) : PodOperation($"container/{Container}")
{
    public override bool ChangesShape => true;
}

/// <summary>Run its preStop hook, then TERM, then KILL at the deadline.</summary>
/// <param name="Why">For the event: what the Killing event says.</param>
public sealed record StopContainer(string Container, string Id, TimeSpan Deadline, bool RunHook, string Why)
    : PodOperation($"stop/{Id}/{(long)Deadline.TotalMilliseconds}");

/// <summary>Run a container's postStart hook.</summary>
public sealed record RunPostStart(string Container, string Id) : PodOperation($"post-start/{Id}");

/// <summary>Ask a container how it is.</summary>
public sealed record RunProbe(string Container, string Id, ProbeKind Kind) : PodOperation($"probe/{Id}/{Kind}");

/// <summary>Remove the pod's folders: what was in its volumes, and its logs.</summary>
public sealed record CleanUp() : PodOperation("clean-up");

/// <summary>Ask the control plane to keep new connections away.</summary>
public sealed record AskDrain : PodAction;

/// <summary>Tell of the pod's new status.</summary>
public sealed record TellStatus(ReadOnlyMemory<byte> Json) : PodAction;

/// <summary>Tell that nothing of a deleted pod is left.</summary>
public sealed record TellStopped : PodAction;

/// <summary>Nothing of the pod is left and nobody asks for it: the actor may end.</summary>
public sealed record Finish : PodAction;

/// <summary>Record an event.</summary>
public sealed record TellEvent(NodeEvent Event) : PodAction;

/// <summary>What <see cref="PodMachine"/> decided: the state after it, what to do, and when to decide again if nothing happens before. All times are <see cref="Moment.Elapsed"/>.</summary>
public sealed record PodDecision(PodState State, ImmutableArray<PodAction> Actions, TimeSpan? Wake);
