namespace ControlPlane.Nodes.Zones;

/// <summary>
/// Whether a missing node may be emptied now. Pure: every control plane comes to the same verdict from the same nodes, and nothing is counted that a
/// restart would forget: the time of the last eviction in a zone stands in the taint of the node it was.
/// </summary>
/// <param name="Allowed">Its pods may be driven away.</param>
/// <param name="Again">When to ask again; null: when something has changed.</param>
/// <param name="IsEverywhere">All nodes of all zones are missing: evictions that are under way by tolerated time are called off too.</param>
public sealed record EvictionVerdict(ZoneState State, ZoneCount Count, bool Allowed, TimeSpan? Again, bool IsEverywhere)
{
    /// <summary>
    /// Nodes that go missing together are found lost one after the other, up to a renewal apart, by one process or by several. What another process
    /// watches is known only when it has said so: it is waited for that long.
    /// </summary>
    public static readonly TimeSpan OthersSpeak = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan CheckAgain = TimeSpan.FromSeconds(5);

    /// <param name="self">The missing node.</param>
    /// <param name="nodes">All nodes, itself among them.</param>
    /// <param name="lostFor">How long its own lease has been over.</param>
    public static EvictionVerdict Of(ZoneNode self, IReadOnlyCollection<ZoneNode> nodes, TimeSpan lostFor, DateTimeOffset now)
    {
        var count = CountOf(nodes.Where(node => node.Zone == self.Zone));
        var everywhere = nodes.All(node => node.IsMissing);
        var pace = EvictionPace.Of(count, everywhere);
        if (nodes.Any(node => node.Zone == self.Zone && !node.IsWatchedHere) && lostFor < OthersSpeak) return Held(OthersSpeak - lostFor);
        if (pace is not { } between) return Held(CheckAgain);
        if (between == TimeSpan.Zero) return new(count.State, count, true, null, false);

        var zone = nodes.Where(node => node.Zone == self.Zone).ToArray();
        var first = zone.Where(node => node is { IsMissing: true, EmptiedAt: null } && (node.IsTold || node.Name == self.Name)).MinBy(node => node.Name, StringComparer.Ordinal);
        var last = zone.Max(node => node.EmptiedAt);
        if (first?.Name != self.Name) return Held(CheckAgain);

        // A time that lies ahead was written by another clock, and counts as now.
        return last is { } emptied && now < emptied + between ? Held(now < emptied ? between : emptied + between - now) : new(count.State, count, true, null, false);

        EvictionVerdict Held(TimeSpan again) => new(count.State, count, false, again, everywhere);
    }

    private static ZoneCount CountOf(IEnumerable<ZoneNode> zone)
    {
        var (ready, missing) = (0, 0);
        foreach (var node in zone)
        {
            if (node.IsMissing) missing++;
            else ready++;
        }
        return new(ready, missing);
    }
}
