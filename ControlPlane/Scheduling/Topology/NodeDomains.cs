using System.Runtime.InteropServices;

namespace ControlPlane.Scheduling.Topology;

/// <summary>Which values the labels of the known nodes have, and on how many nodes: the domains of every topology key.</summary>
public sealed class NodeDomains
{
    private readonly Dictionary<string, Dictionary<string, int>> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _having = new(StringComparer.Ordinal);

    /// <summary>How many domains a key makes.</summary>
    public int Of(string key) => _nodes.TryGetValue(key, out var values) ? values.Count : 0;

    /// <summary>How many nodes have a key.</summary>
    public int NodesWith(string key) => _having.GetValueOrDefault(key);

    internal void Count(IReadOnlyDictionary<string, string> labels, int sign)
    {
        foreach (var (key, value) in labels)
        {
            if (!_nodes.TryGetValue(key, out var values)) _nodes[key] = values = new(StringComparer.Ordinal);
            Add(values, value, sign);
            Add(_having, key, sign);
            if (values.Count == 0) _nodes.Remove(key);
        }
    }

    private static void Add(Dictionary<string, int> counts, string at, int sign)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, at, out _);
        count += sign;
        if (count == 0) counts.Remove(at);
    }
}
