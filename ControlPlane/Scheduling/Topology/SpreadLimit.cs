namespace ControlPlane.Scheduling.Topology;

/// <summary>What one spreading constraint allows one pod: the pods that each domain has, and how many a domain that takes the pod may have.</summary>
internal sealed class SpreadLimit
{
    private readonly string _topologyKey;
    private readonly DomainCounts? _kept;
    private readonly Dictionary<string, int>? _counted;
    private readonly long _most;

    private SpreadLimit(string topologyKey, DomainCounts? kept, Dictionary<string, int>? counted, long most) =>
        (_topologyKey, _kept, _counted, _most) = (topologyKey, kept, counted, most);

    /// <summary>The limit as the cluster is.</summary>
    public static SpreadLimit Of(PodDemand pod, SpreadConstraint constraint, ClusterLayout layout)
    {
        var placed = layout.Group([constraint.Pods], constraint.TopologyKey);
        var itself = constraint.Pods.Labels.Matches(pod.Labels) ? 1 : 0;
        if (CountsEveryNode(pod, constraint, layout))
        {
            var domains = layout.Domains.Of(constraint.TopologyKey);
            // Domains without pods have no count: where there are such, the fewest are none.
            var fewest = domains < constraint.MinDomains || placed.Domains.Count < domains ? 0 : placed.Domains.Values.Min(count => count.Staying);
            return new(constraint.TopologyKey, placed, null, (long)constraint.MaxSkew + fewest - itself);
        }
        var counted = Count(pod, constraint, placed, layout);
        var least = counted.Count < constraint.MinDomains ? 0 : counted.Values.Min();
        return new(constraint.TopologyKey, null, counted, (long)constraint.MaxSkew + least - itself);
    }

    /// <summary>Whether the node is in a domain.</summary>
    public bool Concerns(NodeInfo node) => node.Offer.Labels.ContainsKey(_topologyKey);

    public bool Admits(NodeInfo node) =>
        node.Offer.Labels.TryGetValue(_topologyKey, out var domain)
        && (_kept is not null ? _kept.In(domain).Staying : _counted!.GetValueOrDefault(domain)) <= _most;

    /// <summary>Whether no node that has the constraint's key is left out: then the counts that are kept anyway are the right ones.</summary>
    private static bool CountsEveryNode(PodDemand pod, SpreadConstraint constraint, ClusterLayout layout)
    {
        if (constraint.HonorTaints || (constraint.HonorAffinity && !pod.Affinity.IsAnywhere)) return false;
        if (pod.Spread.Length == 1) return true;
        foreach (var other in pod.Spread)
        {
            if (layout.Domains.NodesWith(other.TopologyKey) < layout.Nodes.Length) return false;
        }
        return true;
    }

    /// <summary>The domains of the nodes that count, and their pods on such nodes.</summary>
    private static Dictionary<string, int> Count(PodDemand pod, SpreadConstraint constraint, DomainCounts placed, ClusterLayout layout)
    {
        var counted = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in layout.Nodes)
        {
            if (!Counts(pod, constraint, node)) continue;
            var domain = node.Offer.Labels[constraint.TopologyKey];
            counted[domain] = counted.GetValueOrDefault(domain) + placed.On(node).Staying;
        }
        return counted;
    }

    /// <summary>A node counts if it has the keys of all constraints and this one's policies admit it.</summary>
    private static bool Counts(PodDemand pod, SpreadConstraint constraint, NodeInfo node)
    {
        foreach (var each in pod.Spread)
        {
            if (!node.Offer.Labels.ContainsKey(each.TopologyKey)) return false;
        }
        if (constraint.HonorAffinity && !pod.Affinity.Matches(node.Offer)) return false;
        if (!constraint.HonorTaints) return true;
        foreach (var taint in node.Offer.HardTaints)
        {
            if (!pod.Tolerates(taint)) return false;
        }
        return true;
    }
}
