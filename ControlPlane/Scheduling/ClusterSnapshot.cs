using Shared.Api;

namespace ControlPlane.Scheduling;

/// <summary>
/// The nodes and what every placed pod takes of them: what <see cref="Placement"/> decides on. Kept by one owner that tells it of each change;
/// telling it the same twice makes no difference. Bounded by the cluster's live pods and nodes.
/// </summary>
public sealed class ClusterSnapshot
{
    private readonly Dictionary<string, NodeInfo> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, Placed> _placed = [];
    private readonly Dictionary<string, OwnerSpread> _owners = new(StringComparer.Ordinal);
    private NodeInfo[]? _order;

    private readonly record struct Placed(PodDemand Pod, NodeInfo Node, bool Leaving);

    /// <summary>Where the next decision starts to look, so that sampling goes round all nodes.</summary>
    public int StartAt { get; private set; }

    /// <summary>How many zones the known nodes are in, as of the last look at <see cref="Nodes"/>.</summary>
    public int Zones { get; private set; }

    /// <summary>The known nodes, one zone after the other in turn, so that any stretch of them covers the zones.</summary>
    public ReadOnlySpan<NodeInfo> Nodes => _order ??= Arrange();

    /// <summary>A node by name, if it is known or has pods.</summary>
    public NodeInfo? Find(string node) => _nodes.GetValueOrDefault(node);

    /// <summary>How the pods of a controller are spread; null if none is placed.</summary>
    public OwnerSpread? SpreadOf(string ownerUid) => ownerUid.Length > 0 ? _owners.GetValueOrDefault(ownerUid) : null;

    /// <summary>Where a pod was placed; null if it was not.</summary>
    public NodeInfo? NodeOf(in ObjectKey pod) => _placed.TryGetValue(pod, out var placed) ? placed.Node : null;

    /// <summary>Adds or replaces a node. True if something changed that placing depends on.</summary>
    public bool SetNode(NodeFacts facts)
    {
        var node = Ensure(facts.Name);
        var before = node.Facts;
        if (node.Known && before.SameAs(facts)) return false;
        if (!node.Known || before.Zone != facts.Zone)
        {
            _order = null;
            foreach (var spread in _owners.Values) spread.Move(node, before.Zone, facts.Zone);
        }
        node.Describe(facts);
        return true;
    }

    /// <summary>Forgets a node's facts; what its pods take is kept until they are gone too.</summary>
    public void RemoveNode(string name)
    {
        if (!_nodes.TryGetValue(name, out var node) || !node.Known) return;
        foreach (var spread in _owners.Values) spread.Move(node, node.Facts.Zone, "");
        node.Describe(null);
        _order = null;
        Discard(node);
    }

    /// <summary>
    /// The pod is, or is assumed to be, on this node; wherever it was before, it is there no more. A pod that is
    /// <paramref name="leaving"/> takes its share until it is gone but does not count as spread.
    /// </summary>
    public void Place(PodDemand pod, string node, bool leaving = false)
    {
        if (_placed.TryGetValue(pod.Key, out var before))
        {
            if (before.Node.Name == node && before.Leaving == leaving && ReferenceEquals(before.Pod, pod)) return;
            Release(pod.Key);
        }
        var at = Ensure(node);
        at.Add(pod);
        _placed[pod.Key] = new(pod, at, leaving);
        if (!leaving) Spread(pod.OwnerUid, at, 1);
    }

    /// <summary>The pod is gone, has ended or was not bound. Returns the node that has more room now.</summary>
    public NodeInfo? Release(in ObjectKey pod)
    {
        if (!_placed.Remove(pod, out var placed)) return null;
        placed.Node.Remove(placed.Pod);
        if (!placed.Leaving) Spread(placed.Pod.OwnerUid, placed.Node, -1);
        Discard(placed.Node);
        return placed.Node;
    }

    /// <summary>A decision has looked at this many nodes: the next one starts behind them.</summary>
    public void Advance(int examined) => StartAt = Nodes.Length == 0 ? 0 : (StartAt + examined) % Nodes.Length;

    private NodeInfo Ensure(string name)
    {
        if (_nodes.TryGetValue(name, out var node)) return node;
        return _nodes[name] = new(name);
    }

    private void Discard(NodeInfo node)
    {
        if (!node.Known && node.Pods == 0) _nodes.Remove(node.Name);
    }

    private void Spread(string owner, NodeInfo node, int change)
    {
        if (owner.Length == 0) return;
        if (!_owners.TryGetValue(owner, out var spread)) _owners[owner] = spread = new();
        spread.Add(node, change);
        if (spread.IsEmpty) _owners.Remove(owner);
    }

    private NodeInfo[] Arrange()
    {
        var zones = _nodes.Values.Where(node => node.Known)
            .GroupBy(node => node.Facts.Zone, StringComparer.Ordinal)
            .OrderBy(zone => zone.Key, StringComparer.Ordinal)
            .Select(zone => zone.OrderBy(node => node.Name, StringComparer.Ordinal).ToArray())
            .ToArray();
        Zones = zones.Count(zone => zone[0].Facts.Zone.Length > 0);
        var order = new List<NodeInfo>(_nodes.Count);
        var count = zones.Sum(zone => zone.Length);
        for (var row = 0; order.Count < count; row++)
        {
            foreach (var zone in zones)
            {
                if (row < zone.Length) order.Add(zone[row]);
            }
        }
        if (StartAt >= order.Count) StartAt = 0;
        return [.. order];
    }
}
