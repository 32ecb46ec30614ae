namespace Tests.Chaos.Recording;

/// <summary>All that the clients of a run did and saw.</summary>
/// <param name="Operations">By number.</param>
/// <param name="Watches">Those of one watcher in the order in which it had them.</param>
internal sealed record RunHistory(IReadOnlyList<Operation> Operations, IReadOnlyList<WatchRecord> Watches)
{
    /// <summary>The revision that every watcher was given time to see; null if none was.</summary>
    public long? Settled { get; init; }
}
