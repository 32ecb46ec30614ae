using ControlPlane.Scheduling.Topology;

namespace ControlPlane.Scheduling.Predicates;

/// <summary>
/// topologySpreadConstraints with DoNotSchedule: with the pod there, its domain is ahead of the emptiest one by maxSkew pods at most. Pods that
/// are going do not count.
/// </summary>
public sealed class PodTopologySpread : IPredicate
{
    public string Name => "PodTopologySpread";

    public ClusterChanges HelpedFromElsewhereBy => ClusterChanges.PodCame | ClusterChanges.PodLeft | ClusterChanges.NodeChanged;

    public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout)
    {
        if (pod.Spread.Length == 0) return null;
        var limits = new SpreadLimit[pod.Spread.Length];
        for (var i = 0; i < limits.Length; i++) limits[i] = SpreadLimit.Of(pod, pod.Spread[i], layout);
        return new Prepared(limits);
    }

    public bool CanHelp(PodDemand refused, PodDemand other, ClusterChanges change, ClusterLayout layout)
    {
        foreach (var constraint in refused.Spread)
        {
            if (constraint.Pods.Selects(other, layout.Namespaces)) return true;
        }
        return false;
    }

    private sealed class Prepared(SpreadLimit[] limits) : IPreparedPredicate
    {
        public bool Admits(PodDemand pod, NodeInfo node)
        {
            foreach (var limit in limits)
            {
                if (!limit.Admits(node)) return false;
            }
            return true;
        }

        public void Explain(PodDemand pod, NodeInfo node, FailureTally tally)
        {
            var refusing = Array.Find(limits, limit => !limit.Admits(node))!;
            tally.Add(refusing.Concerns(node)
                ? "node(s) didn't match pod topology spread constraints"
                : "node(s) didn't match pod topology spread constraints (missing required label)");
        }
    }
}
