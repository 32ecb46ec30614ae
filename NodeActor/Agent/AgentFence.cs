using System.Collections.Immutable;
using Shared.Api;

namespace NodeActor.Agent;

/// <summary>
/// The fence around the pods that must not run twice. It goes up when the lease is lost, and comes down only when the lease is held again <em>and</em> everything that
/// is wanted of this node is known anew. Such a pod is started only once the checkpoint names it, so that the agent after this one can fence it too.
/// </summary>
/// <param name="Exclusive">The pods, those that an earlier agent left included.</param>
/// <param name="Grace">What they get between TERM and KILL, from the end of the lease on.</param>
/// <param name="IsUp">They must not run.</param>
/// <param name="IsComingDown">The lease is held again; what is wanted is still to be learned.</param>
/// <param name="Unsaved">Pods that the checkpoint does not name yet, with the sequence of the one that will; they wait to be started.</param>
/// <param name="Sequence">Of the newest checkpoint that was asked for.</param>
public sealed record AgentFence(
    ImmutableDictionary<PodUid, ObjectKey> Exclusive, TimeSpan Grace, bool IsUp, bool IsComingDown, ImmutableDictionary<PodUid, long> Unsaved, long Sequence)
{
    public static AgentFence None { get; } =
        new(ImmutableDictionary<PodUid, ObjectKey>.Empty, TimeSpan.Zero, false, false, ImmutableDictionary<PodUid, long>.Empty, 0);

    /// <summary>An earlier agent left these pods.</summary>
    public static AgentFence LeftBy(LeaseCheckpoint checkpoint) => None with
    {
        Exclusive = checkpoint.Exclusive.ToImmutableDictionary(pod => new PodUid(pod.Uid), pod => pod.ToKey()),
        Grace = checkpoint.FenceGrace,
    };

    public AgentFence GoUp() => this with { IsUp = true, IsComingDown = false };

    /// <summary>
    /// What the pods still get between TERM and KILL. It counts from the end of the lease, as the control plane's waiting does, not from when somebody noticed: an agent
    /// that slept, or that died while it stopped them, has used some of it up for the one that goes on.
    /// </summary>
    public TimeSpan GraceLeft(TimeSpan heldUntil, TimeSpan now)
    {
        var left = heldUntil + Grace - now;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < Grace ? left : Grace;
    }

    public AgentFence ComeDown() => this with { IsComingDown = IsUp };

    public AgentFence Down() => this with { IsUp = false, IsComingDown = false };

    /// <summary>A pod that must not run twice shall run here.</summary>
    /// <param name="saves">Whether there is a checkpoint to name it first.</param>
    public AgentFence Add(PodUid uid, ObjectKey pod, bool saves) => Exclusive.ContainsKey(uid) ? this : this with
    {
        Exclusive = Exclusive.Add(uid, pod),
        Unsaved = saves ? Unsaved.SetItem(uid, Sequence + 1) : Unsaved,
    };

    public AgentFence Remove(PodUid uid) => this with { Exclusive = Exclusive.Remove(uid), Unsaved = Unsaved.Remove(uid) };

    /// <summary>All pods of the node are known: of an earlier agent's, those that are not among them are not this one's any more.</summary>
    public AgentFence Keep(Func<PodUid, bool> isKnown) => this with { Exclusive = Exclusive.RemoveRange(Exclusive.Keys.Where(uid => !isKnown(uid))) };

    /// <summary>A checkpoint is about to be saved.</summary>
    public AgentFence Saving() => this with { Sequence = Sequence + 1 };

    /// <summary>The pods that may be started now that this checkpoint is saved.</summary>
    public (AgentFence Fence, ImmutableArray<PodUid> Pods) Saved(long sequence)
    {
        var named = Unsaved.Where(pod => pod.Value <= sequence).Select(pod => pod.Key).ToImmutableArray();
        return (this with { Unsaved = Unsaved.RemoveRange(named) }, named);
    }
}
