using ControlPlane.Nodes.Taints;

namespace ControlPlane.Scheduling.Predicates;

/// <summary>Taints with NoSchedule or NoExecute keep off the pods that do not tolerate them. The first such taint is the reason given.</summary>
public sealed class TaintToleration : IPredicate, IPreparedPredicate
{
    public string Name => "TaintToleration";

    public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout) => this;

    public bool Admits(PodDemand pod, NodeInfo node) => Untolerated(pod, node) is null;

    public void Explain(PodDemand pod, NodeInfo node, FailureTally tally) => tally.Add(Untolerated(pod, node)!.Reason);

    private static Taint? Untolerated(PodDemand pod, NodeInfo node)
    {
        foreach (var taint in node.Offer.HardTaints)
        {
            if (!pod.Tolerates(taint)) return taint;
        }
        return null;
    }
}
