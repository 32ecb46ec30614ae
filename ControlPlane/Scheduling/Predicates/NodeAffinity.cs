namespace ControlPlane.Scheduling.Predicates;

/// <summary>nodeSelector and the required node affinity, matchFields included.</summary>
public sealed class NodeAffinity : IPredicate
{
    public string Name => "NodeAffinity";

    public bool Concerns(PodDemand pod) => !pod.Affinity.IsAnywhere;

    public bool Admits(PodDemand pod, NodeInfo node) => pod.Affinity.Matches(node.Facts);

    public void Explain(PodDemand pod, NodeInfo node, FailureTally tally) => tally.Add("node(s) didn't match Pod's node affinity/selector");
}
