namespace ControlPlane.Scheduling;

/// <summary>How the pods of one controller are spread: how many run on each node and in each zone. Pods that are going do not count.</summary>
public sealed class OwnerSpread
{
    private readonly Dictionary<NodeInfo, int> _nodes = [];
    private readonly Dictionary<string, int> _zones = new(StringComparer.Ordinal);

    public int On(NodeInfo node) => _nodes.TryGetValue(node, out var count) ? count : 0;
    public int In(string zone) => _zones.TryGetValue(zone, out var count) ? count : 0;
    internal bool IsEmpty => _nodes.Count == 0;

    internal void Add(NodeInfo node, int change)
    {
        Change(_nodes, node, change);
        if (node.Facts.Zone.Length > 0) Change(_zones, node.Facts.Zone, change);
    }

    /// <summary>The node's pods now count for another zone.</summary>
    internal void Move(NodeInfo node, string from, string to)
    {
        var count = On(node);
        if (count == 0) return;
        if (from.Length > 0) Change(_zones, from, -count);
        if (to.Length > 0) Change(_zones, to, count);
    }

    private static void Change<TKey>(Dictionary<TKey, int> counts, TKey at, int change)
        where TKey : notnull
    {
        var count = counts.GetValueOrDefault(at) + change;
        if (count == 0) counts.Remove(at);
        else counts[at] = count;
    }
}
