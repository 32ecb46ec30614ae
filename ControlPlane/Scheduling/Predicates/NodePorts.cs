namespace ControlPlane.Scheduling.Predicates;

/// <summary>A host port is had by one pod of a node.</summary>
public sealed class NodePorts : IPredicate, IPreparedPredicate
{
    public string Name => "NodePorts";

    public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout) => pod.Ports.Length > 0 ? this : null;

    public bool Admits(PodDemand pod, NodeInfo node)
    {
        foreach (var port in pod.Ports)
        {
            if (node.Occupies(port)) return false;
        }
        return true;
    }

    public void Explain(PodDemand pod, NodeInfo node, FailureTally tally) => tally.Add("node(s) didn't have free ports for the requested pod ports");
}
