using System.Collections.Immutable;
using NodeActor.Networking;
using Shared.Api;
using Shared.Protocol;

namespace NodeActor.Pods;

/// <summary>
/// What the agent (which talks to the control plane) and the <see cref="PodSupervisor"/> (which runs pods) say to each other, inside one
/// process. All of it is level-based: a message may be repeated with no effect, and the latest one counts. The supervisor answers to the
/// actor named in its Props, never to a message's sender.
/// </summary>
public interface IPodMessage;

/// <summary>To the supervisor: this pod is bound here and shall look like this. Every version of it may be sent, the latest wins.</summary>
/// <param name="Json">A core/v1 Pod with uid, status, and deletionTimestamp and deletionGracePeriodSeconds when it is being deleted.</param>
/// <param name="Revision">The version's; see <see cref="PodObjects"/>.</param>
public sealed record DesiredPod(ObjectKey Pod, PodUid Uid, ReadOnlyMemory<byte> Json, long Revision) : IPodMessage;

/// <summary>To the supervisor: the object is gone (or bound elsewhere). Whatever runs for it is killed at once; ends in <see cref="PodStopped"/>.</summary>
public sealed record PodGone(ObjectKey Pod, PodUid Uid) : IPodMessage;

/// <summary>
/// To the supervisor, when a snapshot is complete: these are all pods of this node, so any other sandbox of the runtime is an orphan and is
/// removed. Before the first one nothing that runs is touched.
/// </summary>
public sealed record PodsSynced(ImmutableHashSet<PodUid> Pods) : IPodMessage;

/// <summary>To the supervisor, answers <see cref="PodAwaitsDrain"/>: no new connection reaches the pod, it may get TERM.</summary>
public sealed record DrainedPod(PodUid Uid) : IPodMessage;

/// <summary>
/// To the supervisor: all ConfigMaps, Secrets and claims that the pods of this node use, and the volumes of this node. For pods of a revision up to <paramref name="Complete"/> what is not among
/// them does not exist; for newer ones it may only not have come yet.
/// </summary>
public sealed record PodObjects(ImmutableDictionary<ObjectKey, FollowedObject> Objects, long Complete) : IPodMessage
{
    public static PodObjects None { get; } = new(ImmutableDictionary<ObjectKey, FollowedObject>.Empty, -1);

    /// <summary>Says how many, never what is in them: they may be Secrets.</summary>
    public override string ToString() => $"PodObjects {{ {Objects.Count} up to {Complete} }}";
}

/// <summary>
/// To the supervisor: exactly these pods must have no running container, because this node may have lost them; they are killed with
/// <paramref name="Grace"/> and not restarted until a later <see cref="FencePods"/> leaves them out. The grace counts also where a pod is being
/// deleted with a longer one, and for pods that no <see cref="DesiredPod"/> has told of: an earlier agent may have left them.
/// </summary>
public sealed record FencePods(ImmutableDictionary<PodUid, ObjectKey> Pods, TimeSpan Grace) : IPodMessage;

/// <summary>To the supervisor: the addresses this node's pods report as hostIP, and what a container without limits may use.</summary>
public sealed record HostProfile(ImmutableArray<string> HostIPs, ImmutableDictionary<string, string> Allocatable) : IPodMessage;

/// <summary>From the supervisor: the pod's whole status changed. Sent only on change; only the latest needs to reach the control plane.</summary>
/// <param name="StatusJson">A core/v1 PodStatus; the node's part of it, see <see cref="PodStatusOwnership"/>.</param>
public sealed record PodStatusChanged(ObjectKey Pod, PodUid Uid, ReadOnlyMemory<byte> StatusJson) : IPodMessage;

/// <summary>From the supervisor: a deleted pod's containers, sandbox and volumes are gone. Repeated until the pod is told gone.</summary>
public sealed record PodStopped(ObjectKey Pod, PodUid Uid) : IPodMessage;

/// <summary>
/// From the supervisor: the pod is about to get TERM and may still get traffic; answer with <see cref="DrainedPod"/>. Without an answer TERM
/// follows after the lesser of its grace period and ten seconds.
/// </summary>
public sealed record PodAwaitsDrain(ObjectKey Pod, PodUid Uid) : IPodMessage;

/// <summary>From the supervisor, on change: why the runtime can not run pods; empty: it can.</summary>
public sealed record RuntimeTrouble(string Why) : IPodMessage;

/// <summary>To the supervisor: the directory of this volume is to be removed. Sent again until <see cref="VolumeRemoved"/> comes, which waits until no pod has it.</summary>
public sealed record RemoveVolume(ObjectKey Volume, string Uid) : IPodMessage;

/// <summary>From the supervisor: a volume of this pod shows a token that it does not have. Said again whenever the pod is looked at.</summary>
public sealed record PodNeedsToken(ObjectKey Pod, PodUid Uid, TokenNeed Need) : IPodMessage;

/// <summary>To the supervisor: a pod's token, or why there is none for now. The latest counts.</summary>
/// <param name="Token">Empty where there is none.</param>
public sealed record TokenOfPod(PodUid Uid, TokenNeed Need, string Token, string Fault) : IPodMessage
{
    /// <summary>Never the token.</summary>
    public override string ToString() => $"TokenOfPod {{ {Uid} {Need} {Fault} }}";
}

/// <summary>From the supervisor: the directory of the volume is gone.</summary>
public sealed record VolumeRemoved(ObjectKey Volume, string Uid) : IPodMessage;

/// <summary>
/// To the supervisor, once in every <paramref name="Every"/>: look what the pods use. Answered by <see cref="PodsUsed"/> once that is known; one that comes while
/// another is under way is answered with it.
/// </summary>
public sealed record SampleUsage(TimeSpan Every) : IPodMessage;

/// <summary>From the supervisor: what pods use. Of those that are not named it is not known.</summary>
public sealed record PodsUsed(ImmutableArray<PodUse> Pods) : IPodMessage
{
    public static PodsUsed None { get; } = new([]);
}

/// <summary>From the supervisor: something to record as a Kubernetes Event.</summary>
public sealed record PodEvent(NodeEvent Event) : IPodMessage;
