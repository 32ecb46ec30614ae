using System.Runtime.InteropServices;

namespace ControlPlane.Scheduling.Topology;

/// <summary>
/// Where the placed pods are that require to be alone: for each distinct required anti-affinity term, the counts of the pods that have it. A pod
/// such a term selects must stay out of the domains of its holders. Holds what placed pods have, and nothing else.
/// </summary>
internal sealed class AntiAffinityHolders(NamespaceLabels namespaces)
{
    private readonly Dictionary<PodAffinityTerm, Holders> _terms = [];
    private readonly SelectionIndex<Holders> _index = new();
    private readonly List<Holders> _found = [];

    private sealed class Holders(PodAffinityTerm term)
    {
        public PodAffinityTerm Term { get; } = term;
        public DomainCounts Counts { get; } = new(term.TopologyKey);
    }

    /// <summary>How many distinct terms there are.</summary>
    public int Count => _terms.Count;

    /// <summary>The counts of those whom a pod must stay away from; null if nobody minds it.</summary>
    public DomainCounts[]? Minding(PodDemand pod)
    {
        if (_terms.Count == 0) return null;
        _found.Clear();
        _index.Find(pod, _found);
        List<DomainCounts>? minding = null;
        foreach (var holders in _found)
        {
            if (holders.Term.Pods.Selects(pod, namespaces)) (minding ??= []).Add(holders.Counts);
        }
        return minding?.ToArray();
    }

    /// <summary>A pod comes to its node (1), or leaves it (-1).</summary>
    public void Change(PlacedPod pod, int sign)
    {
        foreach (var term in pod.Demand.RequiredAntiAffinity)
        {
            ref var holders = ref CollectionsMarshal.GetValueRefOrAddDefault(_terms, term, out var known);
            if (!known) _index.Add(term.Pods, holders = new(term));
            holders!.Counts.Count(pod, sign);
            if (!holders.Counts.IsEmpty) continue;
            _terms.Remove(term);
            _index.Remove(term.Pods, holders);
        }
    }
}
