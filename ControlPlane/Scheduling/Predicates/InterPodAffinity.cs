using System.Collections.Immutable;
using ControlPlane.Scheduling.Topology;

namespace ControlPlane.Scheduling.Predicates;

/// <summary>
/// Required podAffinity and podAntiAffinity, and the required podAntiAffinity of the pods that are there already. A pod counts as near if it
/// meets all affinity terms; the first pod of a group whose members want to be near each other goes anywhere that has the topology keys.
/// </summary>
public sealed class InterPodAffinity : IPredicate
{
    public string Name => "InterPodAffinity";

    public ClusterChanges HelpedFromElsewhereBy =>
        ClusterChanges.PodCame | ClusterChanges.PodLeft | ClusterChanges.NodeChanged | ClusterChanges.NamespaceChanged;

    public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout)
    {
        var minding = layout.Minding(pod);
        if (minding is null && pod.RequiredAffinity.Length == 0 && pod.RequiredAntiAffinity.Length == 0) return null;
        ImmutableArray<PodSelection> all = [.. pod.RequiredAffinity.Select(term => term.Pods)];
        var near = pod.RequiredAffinity.Select(term => layout.Group(all, term.TopologyKey)).ToArray();
        return new Prepared
        {
            Near = near,
            Away = [.. pod.RequiredAntiAffinity.Select(term => layout.Group([term.Pods], term.TopologyKey))],
            Minding = minding ?? [],
            IsFirst = near.All(counts => counts.Domains.Count == 0) && all.All(selection => selection.Selects(pod, layout.Namespaces)),
        };
    }

    public bool CanHelp(PodDemand refused, PodDemand other, ClusterChanges change, ClusterLayout layout) =>
        Selects(refused.RequiredAffinity, other, layout)
        || (change == ClusterChanges.PodLeft && (Selects(refused.RequiredAntiAffinity, other, layout) || Selects(other.RequiredAntiAffinity, refused, layout)));

    private static bool Selects(ImmutableArray<PodAffinityTerm> terms, PodDemand pod, ClusterLayout layout)
    {
        foreach (var term in terms)
        {
            if (term.Pods.Selects(pod, layout.Namespaces)) return true;
        }
        return false;
    }

    private sealed class Prepared : IPreparedPredicate
    {
        /// <summary>For each affinity term, where the pods are that meet all of them.</summary>
        public required DomainCounts[] Near { get; init; }

        /// <summary>For each anti-affinity term, where the pods are that meet it.</summary>
        public required DomainCounts[] Away { get; init; }

        /// <summary>Where those are whose anti-affinity speaks of this pod.</summary>
        public required DomainCounts[] Minding { get; init; }

        /// <summary>Whether the pod is the first of its own group.</summary>
        public required bool IsFirst { get; init; }

        public bool Admits(PodDemand pod, NodeInfo node) => IsNear(node) && IsAwayFrom(Away, node) && IsAwayFrom(Minding, node);

        public void Explain(PodDemand pod, NodeInfo node, FailureTally tally) => tally.Add(
            !IsNear(node) ? "node(s) didn't match pod affinity rules"
            : !IsAwayFrom(Away, node) ? "node(s) didn't match pod anti-affinity rules"
            : "node(s) didn't satisfy existing pods anti-affinity rules");

        private bool IsNear(NodeInfo node)
        {
            var found = true;
            foreach (var counts in Near)
            {
                if (!node.Offer.Labels.TryGetValue(counts.TopologyKey, out var domain)) return false;
                found &= counts.In(domain).All > 0;
            }
            return found || IsFirst;
        }

        private static bool IsAwayFrom(DomainCounts[] pods, NodeInfo node)
        {
            foreach (var counts in pods)
            {
                if (counts.Around(node).All > 0) return false;
            }
            return true;
        }
    }
}
