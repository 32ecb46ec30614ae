namespace ControlPlane.Nodes.Leases;

/// <summary>How a node stands with its lease, at one moment.</summary>
/// <param name="IsLost">It was silent for longer than its lease.</param>
/// <param name="Heard">There was a sign of life since this process began to watch it.</param>
/// <param name="Left">When to look again: the moment the lease has run out. Null: it has, or the node has none.</param>
/// <param name="LostFor">How long the lease has been over; zero while it holds.</param>
public readonly record struct LeaseState(bool IsLost, bool Heard, TimeSpan? Left, TimeSpan LostFor)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>A node without a lease: nobody judges it.</summary>
    public static LeaseState Unjudged { get; } = new(false, true, null, TimeSpan.Zero);

    /// <param name="silence">See <see cref="NodeLease.Silence"/>.</param>
    /// <param name="length">How long it may be.</param>
    public static LeaseState Of(TimeSpan silence, TimeSpan length, bool heard)
    {
        var left = length - silence;
        return left < TimeSpan.Zero ? new(true, heard, null, -left) : new(false, heard, left + Tick, TimeSpan.Zero);
    }
}
