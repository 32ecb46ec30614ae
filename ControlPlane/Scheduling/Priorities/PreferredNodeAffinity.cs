namespace ControlPlane.Scheduling.Priorities;

/// <summary>The weights of the preferred node affinity terms a node meets, in relation to the node that meets most.</summary>
public sealed class PreferredNodeAffinity : IPriority, IPreparedPriority
{
    public string Name => "NodeAffinity";
    public int Weight => 2;

    public IPreparedPriority? Prepare(PodDemand pod, ClusterLayout layout) => pod.Preferred.Length > 0 ? this : null;

    public void Score(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, Span<long> scores)
    {
        var most = 0L;
        for (var i = 0; i < nodes.Length; i++)
        {
            scores[i] = 0;
            foreach (var (term, weight) in pod.Preferred)
            {
                if (term.Matches(nodes[i].Name, nodes[i].Offer.Labels)) scores[i] += weight;
            }
            most = Math.Max(most, scores[i]);
        }
        if (most == 0) return;
        for (var i = 0; i < nodes.Length; i++) scores[i] = 100 * scores[i] / most;
    }
}
