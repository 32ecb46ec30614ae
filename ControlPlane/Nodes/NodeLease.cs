namespace ControlPlane.Nodes;

/// <summary>
/// When a node was last heard of, as this process saw it. It lives in memory only: an actor that starts anew gives its node a full lease, so that
/// a control plane that was away never takes its own silence for the nodes'.
/// </summary>
/// <param name="LastSeen">The last sign of life, or the time the watching began.</param>
/// <param name="Heard">Whether there was a sign of life since the watching began.</param>
/// <param name="Evidence">The sign last seen, where it is a written one (a Lease's renewTime): only a new one counts.</param>
public sealed record NodeLease(DateTimeOffset LastSeen, bool Heard, string? Evidence)
{
    /// <summary>Begins to watch: from now on the node has a full lease.</summary>
    public static NodeLease Begin(DateTimeOffset now) => new(now, false, null);

    /// <summary>The agent renewed or registered.</summary>
    public NodeLease Renew(DateTimeOffset now) => now < LastSeen ? this with { Heard = true } : this with { LastSeen = now, Heard = true };

    /// <summary>
    /// What the node has written, by its own clock: not compared with ours, only with what was there before. The first look says nothing, since what it
    /// finds may be old.
    /// </summary>
    public NodeLease Observe(string evidence, DateTimeOffset now) =>
        evidence == Evidence || evidence.Length == 0 ? this
        : Evidence is null ? this with { Evidence = evidence }
        : Renew(now) with { Evidence = evidence };

    /// <summary>Whether the node has been silent for longer than its lease.</summary>
    public bool IsLost(DateTimeOffset now, TimeSpan lease) => now - LastSeen > lease;

    /// <summary>When to look again: the moment the lease has run out.</summary>
    public TimeSpan Left(DateTimeOffset now, TimeSpan lease)
    {
        var left = LastSeen + lease - now;
        return left > TimeSpan.Zero ? left + TimeSpan.FromMilliseconds(1) : TimeSpan.FromMilliseconds(1);
    }
}
