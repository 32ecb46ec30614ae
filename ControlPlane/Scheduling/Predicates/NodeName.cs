namespace ControlPlane.Scheduling.Predicates;

/// <summary>A pod that names its node runs there or nowhere.</summary>
public sealed class NodeName : IPredicate, IPreparedPredicate
{
    public string Name => "NodeName";

    public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout) => pod.NodeName.Length > 0 ? this : null;

    public bool Admits(PodDemand pod, NodeInfo node) => pod.NodeName == node.Name;

    public void Explain(PodDemand pod, NodeInfo node, FailureTally tally) => tally.Add("node(s) didn't match the requested node name");
}
