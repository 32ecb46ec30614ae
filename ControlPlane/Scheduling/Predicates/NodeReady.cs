namespace ControlPlane.Scheduling.Predicates;

/// <summary>
/// A node whose Ready condition is not True takes no pods, unless its taints say so: then tolerating those is what counts. It covers the time
/// between a node's loss, or its registration, and its taint.
/// </summary>
public sealed class NodeReady : IPredicate, IPreparedPredicate
{
    public string Name => "NodeReady";

    public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout) => this;

    public bool Admits(PodDemand pod, NodeInfo node)
    {
        if (node.Offer.Ready) return true;
        foreach (var taint in node.Offer.HardTaints)
        {
            if (taint.Key is "node.kubernetes.io/not-ready" or "node.kubernetes.io/unreachable") return true;
        }
        return false;
    }

    public void Explain(PodDemand pod, NodeInfo node, FailureTally tally) => tally.Add("node(s) were not ready");
}
