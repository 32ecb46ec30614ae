namespace ControlPlane.Nodes.Leases;

/// <summary>
/// When a node was last heard of, as this process saw it. Times are elapsed time of this process: a step of the wall clock means nothing to a lease.
/// </summary>
/// <param name="LastSeen">The last sign of life, or the time the watching began: who begins to watch a node gives it a full lease.</param>
/// <param name="Heard">Whether there was a sign of life since the watching began.</param>
/// <param name="Evidence">The sign last seen, where it is a written one (a Lease's renewTime): only a new one counts.</param>
public sealed record NodeLease(TimeSpan LastSeen, bool Heard, string? Evidence)
{
    /// <summary>Begins to watch: from now on the node has a full lease.</summary>
    public static NodeLease Begin(TimeSpan now) => new(now, false, null);

    /// <summary>The agent renewed or registered. Signs may be told out of order: an older one takes nothing back.</summary>
    public NodeLease Renew(TimeSpan now) => now < LastSeen ? this with { Heard = true } : this with { LastSeen = now, Heard = true };

    /// <summary>
    /// What the node has written, by its own clock: not compared with ours, only with what was there before. The first look says nothing, since what it
    /// finds may be old.
    /// </summary>
    public NodeLease Observe(string evidence, TimeSpan now) =>
        evidence == Evidence || evidence.Length == 0 ? this
        : Evidence is null ? this with { Evidence = evidence }
        : Renew(now) with { Evidence = evidence };

    /// <summary>How long the node has been silent while this process could hear it.</summary>
    /// <param name="awakeSince">Before this the process heard nobody; see <see cref="ProcessPulse"/>.</param>
    public TimeSpan Silence(TimeSpan now, TimeSpan awakeSince) => now - (awakeSince > LastSeen ? awakeSince : LastSeen);
}
