using ControlPlane.Nodes.Taints;

namespace ControlPlane.Scheduling.Predicates;

/// <summary>A cordoned node takes only pods that tolerate its being unschedulable.</summary>
public sealed class NodeUnschedulable : IPredicate, IPreparedPredicate
{
    public string Name => "NodeUnschedulable";

    public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout) => this;

    public bool Admits(PodDemand pod, NodeInfo node) => !node.Offer.Unschedulable || pod.Tolerates(Taint.Unschedulable);

    public void Explain(PodDemand pod, NodeInfo node, FailureTally tally) => tally.Add("node(s) were unschedulable");
}
