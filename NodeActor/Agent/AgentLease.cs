using System.Collections.Immutable;

namespace NodeActor.Agent;

/// <summary>
/// The agent's own view of its lease, counted from when it <em>sent</em> the renewal that was answered: the control plane counts from when it got it, so
/// the agent always knows first that it has lost the lease. Times are time since boot (<see cref="BootClock"/>), which no clock change moves and no
/// sleep of the machine stops.
/// </summary>
/// <param name="Epoch">0: not registered.</param>
/// <param name="Length">What the control plane granted.</param>
/// <param name="HeldUntil">When the lease ends without another answer.</param>
/// <param name="Unanswered">Renewals sent and not answered, by sequence; bounded.</param>
public sealed record AgentLease(long Epoch, TimeSpan Length, TimeSpan HeldUntil, ImmutableSortedDictionary<long, TimeSpan> Unanswered)
{
    private const int MostUnanswered = 32;

    public static AgentLease None { get; } = new(0, TimeSpan.Zero, TimeSpan.MaxValue, ImmutableSortedDictionary<long, TimeSpan>.Empty);

    public bool IsRegistered => Epoch > 0;

    /// <summary>A registration was granted that was first asked for at this time.</summary>
    public static AgentLease Granted(long epoch, TimeSpan length, TimeSpan askedAt) => new(epoch, length, askedAt + length, None.Unanswered);

    /// <summary>An earlier agent of the node held its lease until then, and left pods that run.</summary>
    public static AgentLease LeftBy(LeaseCheckpoint checkpoint) => None with { HeldUntil = checkpoint.HeldUntil };

    public AgentLease Sent(long sequence, TimeSpan now)
    {
        var unanswered = Unanswered.SetItem(sequence, now);
        return this with { Unanswered = unanswered.Count > MostUnanswered ? unanswered.Remove(unanswered.Keys.First()) : unanswered };
    }

    /// <summary>
    /// A renewal was answered. <paramref name="lostSome"/>: an earlier one was not, so whatever else was under way may be lost as well. Answers to unknown
    /// renewals change nothing.
    /// </summary>
    public AgentLease Answered(long sequence, out bool lostSome)
    {
        lostSome = false;
        if (!Unanswered.TryGetValue(sequence, out var sent)) return this;
        lostSome = Unanswered.Keys.First() < sequence;
        var until = sent + Length;
        return this with { HeldUntil = until > HeldUntil ? until : HeldUntil, Unanswered = Unanswered.RemoveRange(Unanswered.Keys.Where(key => key <= sequence)) };
    }

    /// <summary>The epoch is no longer current. What was granted still runs: until then a new registration brings the pods over without a stop.</summary>
    public AgentLease Revoke() => this with { Epoch = 0, Unanswered = None.Unanswered };

    /// <summary>Whether the control plane may have given this node up. Never so before the first registration: nothing was given to it.</summary>
    public bool IsLost(TimeSpan now) => now >= HeldUntil;
}
