namespace Tests.Unit.Scheduling.Topology;

/// <summary>The rules of affinity and spreading, each of which can be left out to see whether anything would notice.</summary>
public enum Rule
{
    None, Affinity, AntiAffinity, OthersAntiAffinity, FirstOfItsGroup, FirstNeedsKeys, AllTermsTogether, NamespacesByName, NamespacesByLabel, OwnNamespaceOnly, LeavingPodsAreNear,
    MaxSkew, MissingKey, MinDomains, CountsItself, LeavingPodsDoNotCount, AllKeysOfANode, AffinityPolicy, TaintsPolicy, MatchLabelKeys, SameNamespaceOnly, EmptyDomainsCount,
}

/// <summary>
/// What Kubernetes documents of inter-pod affinity and of topology spread constraints, written down by counting pods one by one, without anything
/// kept from one question to the next.
/// </summary>
internal sealed class TopologyReference(GeneratedCluster cluster, Rule without = Rule.None)
{
    private bool Has(Rule rule) => rule != without;

    public bool AdmitsByAffinity(GeneratedPod pod, GeneratedNode node) =>
        (!Has(Rule.Affinity) || IsNear(pod, node))
        && (!Has(Rule.AntiAffinity) || pod.Away.All(term => !Neighbours(term.Key, node).Any(other => Selects(term, pod, other))))
        && (!Has(Rule.OthersAntiAffinity) || cluster.Nodes.Values.All(there => PodsOn(there).All(other =>
            other.Away.All(term => node.Value(term.Key) is not { } here || there.Value(term.Key) != here || !Selects(term, other, pod)))));

    public bool AdmitsBySpread(GeneratedPod pod, GeneratedNode node) => pod.Spread.All(constraint => Admits(pod, constraint, node));

    private bool IsNear(GeneratedPod pod, GeneratedNode node)
    {
        if (pod.Near.Any(term => node.Value(term.Key) is null) && Has(Rule.FirstNeedsKeys)) return false;
        if (pod.Near.All(term => Neighbours(term.Key, node).Any(other => Meets(pod, term, other)))) return true;
        var nobody = cluster.Nodes.Values.All(there => PodsOn(there).All(other => !pod.Near.All(term => Selects(term, pod, other)) || pod.Near.All(term => there.Value(term.Key) is null)));
        return Has(Rule.FirstOfItsGroup) && nobody && pod.Near.All(term => Selects(term, pod, pod));
    }

    /// <summary>A pod is near for one term only if it meets all of them.</summary>
    private bool Meets(GeneratedPod pod, Term term, GeneratedPod other) => Has(Rule.AllTermsTogether) ? pod.Near.All(each => Selects(each, pod, other)) : Selects(term, pod, other);

    private IEnumerable<GeneratedPod> Neighbours(string key, GeneratedNode node) => node.Value(key) is not { } here
        ? []
        : cluster.Nodes.Values.Where(there => there.Value(key) == here).SelectMany(PodsOn);

    private IEnumerable<GeneratedPod> PodsOn(GeneratedNode node) => cluster.Placed.Values
        .Where(placed => placed.Node == node.Name && (Has(Rule.LeavingPodsAreNear) || !placed.Leaving)).Select(placed => placed.Pod);

    private bool Selects(Term term, GeneratedPod owner, GeneratedPod pod)
    {
        var team = cluster.Teams[pod.Namespace] == "x" && Has(Rule.NamespacesByLabel);
        var reached = term.Reach switch
        {
            0 => pod.Namespace == owner.Namespace || !Has(Rule.OwnNamespaceOnly),
            1 => pod.Namespace == "b" && Has(Rule.NamespacesByName),
            2 => team,
            3 => true,
            _ => team || (pod.Namespace == "a" && Has(Rule.NamespacesByName)),
        };
        return reached && (term.App is null || term.App == pod.App);
    }

    private bool Admits(GeneratedPod pod, Spreading constraint, GeneratedNode node)
    {
        if (node.Value(constraint.Key) is not { } here) return !Has(Rule.MissingKey);
        var domains = cluster.Nodes.Values.Where(there => Counts(pod, constraint, there)).GroupBy(there => there.Value(constraint.Key)!)
            .ToDictionary(domain => domain.Key, domain => domain.Sum(there => Matching(pod, constraint, there)));
        if (!Has(Rule.EmptyDomainsCount)) domains = domains.Where(domain => domain.Value > 0).ToDictionary();
        var fewest = domains.Count == 0 || (domains.Count < Math.Max(1, constraint.MinDomains) && Has(Rule.MinDomains)) ? 0 : domains.Values.Min();
        var itself = constraint.App == pod.App && Has(Rule.CountsItself) ? 1 : 0;
        return !Has(Rule.MaxSkew) || domains.GetValueOrDefault(here) + itself - fewest <= constraint.MaxSkew;
    }

    private bool Counts(GeneratedPod pod, Spreading constraint, GeneratedNode node) =>
        (Has(Rule.AllKeysOfANode) ? pod.Spread.All(each => node.Value(each.Key) is not null) : node.Value(constraint.Key) is not null)
        && (!Has(Rule.AffinityPolicy) || constraint.IgnoreAffinity || !pod.Ssd || node.Ssd)
        && (!Has(Rule.TaintsPolicy) || !constraint.HonorTaints || pod.Tolerates || !node.Tainted);

    private int Matching(GeneratedPod pod, Spreading constraint, GeneratedNode node) => cluster.Placed.Values.Count(placed =>
        placed.Node == node.Name
        && (!placed.Leaving || !Has(Rule.LeavingPodsDoNotCount))
        && (placed.Pod.Namespace == pod.Namespace || !Has(Rule.SameNamespaceOnly))
        && placed.Pod.App == constraint.App
        && (!constraint.ByVersion || !Has(Rule.MatchLabelKeys) || placed.Pod.Version == pod.Version));
}
