using System.Collections.Immutable;
using NodeActor.Probes;
using NodeActor.Runtime;
using Shared.Api;

namespace NodeActor.Pods.Machine;

/// <summary>An object a pod uses. <paramref name="Json"/> null: there is none.</summary>
public sealed record HeldObject(ReadOnlyMemory<byte>? Json)
{
    /// <summary>Whether it is there, and what it says, is the same.</summary>
    public bool IsSame(HeldObject other) => Json is { } mine ? other.Json is { } others && mine.Span.SequenceEqual(others.Span) : other.Json is null;
}

/// <summary>Why something does not work, and when it is tried again.</summary>
public sealed record Trouble(string Reason, string Message, TimeSpan Since, TimeSpan Delay)
{
    public TimeSpan RetryAt => Since + Delay;

    /// <summary>True once its back-off was told of.</summary>
    public bool Told { get; init; }
}

/// <summary>
/// All that is known about one pod on this node. Everything that must survive the agent is in the runtime (<see cref="Observed"/>) or in the
/// desired pod's stored status; the rest may be forgotten at any time and only costs a second look. Deadlines are elapsed time (<see cref="Moment"/>).
/// </summary>
public sealed record PodState(ObjectKey Key, PodUid Uid)
{
    /// <summary>Null before the pod is told of, and for an orphan (which is <see cref="Gone"/>): something of a pod nobody desires.</summary>
    public PodDefinition? Definition { get; init; }

    /// <summary>The object is gone.</summary>
    public bool Gone { get; init; }

    /// <summary>When this node first saw the pod: shown, and outlives the agent.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>The same in elapsed time.</summary>
    public TimeSpan ActiveSince { get; init; }

    /// <summary>Set while the pod must not run here.</summary>
    public TimeSpan? FenceGrace { get; init; }

    /// <summary>What the runtime has; null before the first look.</summary>
    public RuntimePod? Observed { get; init; }

    /// <summary>
    /// When the containers among them began to run and when they ended, in elapsed time: as the clock stood when that was first seen.
    /// </summary>
    public ImmutableDictionary<(string Id, ContainerPhase Phase), TimeSpan> Reached { get; init; } = ImmutableDictionary<(string Id, ContainerPhase Phase), TimeSpan>.Empty;

    /// <summary>True when <see cref="Observed"/> may be wrong: nothing is done before a new look.</summary>
    public bool Stale { get; init; } = true;

    public ImmutableDictionary<string, PodOperation> InFlight { get; init; } = ImmutableDictionary<string, PodOperation>.Empty;

    /// <summary>By operation key, or <c>image/NAME</c> and <c>container/NAME</c>.</summary>
    public ImmutableDictionary<string, Trouble> Troubles { get; init; } = ImmutableDictionary<string, Trouble>.Empty;

    /// <summary>Containers whose image is there for the next start.</summary>
    public ImmutableDictionary<string, RuntimeImage> Images { get; init; } = ImmutableDictionary<string, RuntimeImage>.Empty;

    public ImmutableDictionary<ObjectKey, HeldObject> Objects { get; init; } = ImmutableDictionary<ObjectKey, HeldObject>.Empty;

    /// <summary>What the volumes show is ready on the node.</summary>
    public bool VolumesStaged { get; init; }

    /// <summary>The volumes were published at least once.</summary>
    public bool VolumesReady { get; init; }

    /// <summary>An object in a volume changed since.</summary>
    public bool VolumesDirty { get; init; } = true;

    /// <summary>Nothing of the pod uses volumes any more, and they were taken out of its folder.</summary>
    public bool VolumesUnpublished { get; init; }

    /// <summary>What was staged for them is undone too.</summary>
    public bool VolumesUnstaged { get; init; }

    /// <summary>True while volumes are being taken away or folders removed: what would be made meanwhile would go with the rest.</summary>
    public bool TearingDown => Busy("volumes-unpublish") || Busy("volumes-unstage") || Busy("clean-up");

    /// <summary>Containers whose postStart hook has not ended.</summary>
    public ImmutableHashSet<string> PostStartPending { get; init; } = [];

    public ImmutableDictionary<ProbeKey, ProbeState> Probes { get; init; } = ImmutableDictionary<ProbeKey, ProbeState>.Empty;

    /// <summary>Containers that a probe or a hook condemned: by id, what the Killing event says.</summary>
    public ImmutableDictionary<string, Verdict> Condemned { get; init; } = ImmutableDictionary<string, Verdict>.Empty;

    public ImmutableHashSet<string> StoppedSandboxes { get; init; } = [];

    /// <summary>Exits that were hinted at for ids not known yet: the hint may overtake the answer of the start.</summary>
    public ImmutableQueue<string> EarlyExits { get; init; } = [];

    /// <summary>Containers that are said to have exited and are to be looked at.</summary>
    public ImmutableHashSet<string> ExitsToSee { get; init; } = [];

    /// <summary>Back-offs already told of: container id.</summary>
    public ImmutableHashSet<string> ToldBackOffs { get; init; } = [];

    public TimeSpan? DrainAskedAt { get; init; }
    public bool Drained { get; init; }

    /// <summary>When the containers of a stopping pod get KILL.</summary>
    public TimeSpan? KillAt { get; init; }

    /// <summary>The pod may get traffic: it was ready at some time.</summary>
    public bool WasReady { get; init; }

    /// <summary>The pod failed as a whole: reason and message of its status.</summary>
    public (string Reason, string Message)? Failure { get; init; }

    /// <summary>Succeeded or Failed, once the pod came to that: a phase that never changes.</summary>
    public string Ended { get; init; } = "";

    public bool CleanedUp { get; init; }
    public TimeSpan? ToldStoppedAt { get; init; }

    /// <summary>The status last told of; its conditions are where transition times are carried over from.</summary>
    public System.Text.Json.Nodes.JsonObject? Told { get; init; }

    public ImmutableArray<string> HostIPs { get; init; } = [];
    public ImmutableDictionary<string, string> Allocatable { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>True while an operation of that key is under way.</summary>
    public bool Busy(string key) => InFlight.ContainsKey(key);

    /// <summary>True while something may still appear in or vanish from the runtime.</summary>
    public bool ChangingShape => InFlight.Values.Any(one => one.ChangesShape);

    /// <summary>When a container came to that phase.</summary>
    public TimeSpan ReachedAt(RuntimeContainer container, ContainerPhase phase) => Reached.GetValueOrDefault((container.Id, phase));

    /// <summary>True when a trouble of that key still waits for its time.</summary>
    public bool Held(string key, TimeSpan now) => Troubles.TryGetValue(key, out var trouble) && now < trouble.RetryAt;
}

/// <summary>A container is to be killed and (if its policy says so) restarted.</summary>
public sealed record Verdict(string Message, TimeSpan Grace);
