using System.Runtime.InteropServices;

namespace ControlPlane.Scheduling.Topology;

/// <summary>How many pods of a set there are, and how many of them are going.</summary>
public readonly record struct PodCount(int All, int Leaving)
{
    /// <summary>Those that stay.</summary>
    public int Staying => All - Leaving;
}

/// <summary>
/// Where a set of placed pods is: how many are on each node, and in each domain that a topology key makes of the nodes. A node without the key,
/// or one that is not known, is in no domain.
/// </summary>
public sealed class DomainCounts(string topologyKey)
{
    private readonly Dictionary<NodeInfo, PodCount> _nodes = [];
    private readonly Dictionary<string, PodCount> _domains = new(StringComparer.Ordinal);

    public string TopologyKey { get; } = topologyKey;

    /// <summary>Whether no pod of the set is placed.</summary>
    public bool IsEmpty => _nodes.Count == 0;

    /// <summary>The domains that have pods, and how many.</summary>
    public IReadOnlyDictionary<string, PodCount> Domains => _domains;

    public PodCount On(NodeInfo node) => _nodes.TryGetValue(node, out var count) ? count : default;

    public PodCount In(string domain) => _domains.TryGetValue(domain, out var count) ? count : default;

    /// <summary>How many are in the domain that a node is in.</summary>
    public PodCount Around(NodeInfo node) => node.Offer.Labels.TryGetValue(TopologyKey, out var domain) ? In(domain) : default;

    internal void Count(PlacedPod pod, int sign)
    {
        var change = new PodCount(sign, pod.Leaving ? sign : 0);
        Add(_nodes, pod.Node, change);
        if (pod.Node.Offer.Labels.TryGetValue(TopologyKey, out var domain)) Add(_domains, domain, change);
    }

    private static void Add<TKey>(Dictionary<TKey, PodCount> counts, TKey at, PodCount change)
        where TKey : notnull
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, at, out _);
        count = new(count.All + change.All, count.Leaving + change.Leaving);
        if (count.All == 0) counts.Remove(at);
    }
}
