namespace ControlPlane.Scheduling.Predicates;

/// <summary>nodeSelector and the required node affinity, matchFields included.</summary>
public sealed class NodeAffinity : IPredicate, IPreparedPredicate
{
    public string Name => "NodeAffinity";

    public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout) => !pod.Affinity.IsAnywhere ? this : null;

    public bool Admits(PodDemand pod, NodeInfo node) => pod.Affinity.Matches(node.Offer);

    public void Explain(PodDemand pod, NodeInfo node, FailureTally tally) => tally.Add("node(s) didn't match Pod's node affinity/selector");
}
