namespace ControlPlane.Scheduling.Priorities;

/// <summary>The fewer PreferNoSchedule taints that the pod does not tolerate, the better. Kubernetes' TaintToleration plugin.</summary>
public sealed class PreferNoSchedule : IPriority, IPreparedPriority
{
    public string Name => "TaintToleration";
    public int Weight => 3;

    public IPreparedPriority? Prepare(PodDemand pod, ClusterLayout layout) => this;

    public void Score(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, Span<long> scores)
    {
        var most = 0L;
        for (var i = 0; i < nodes.Length; i++)
        {
            scores[i] = 0;
            foreach (var taint in nodes[i].Offer.SoftTaints)
            {
                if (!pod.Tolerates(taint)) scores[i]++;
            }
            most = Math.Max(most, scores[i]);
        }
        for (var i = 0; i < nodes.Length; i++) scores[i] = most == 0 ? 100 : 100 - 100 * scores[i] / most;
    }
}
