namespace ControlPlane.Scheduling.Priorities;

/// <summary>The fewer PreferNoSchedule taints that the pod does not tolerate, the better. Kubernetes' TaintToleration plugin.</summary>
public sealed class PreferNoSchedule : IPriority
{
    public string Name => "TaintToleration";
    public int Weight => 3;

    public bool Concerns(PodDemand pod, ClusterSnapshot snapshot) => true;

    public void Score(PodDemand pod, ClusterSnapshot snapshot, ReadOnlySpan<NodeInfo> nodes, Span<long> scores)
    {
        var most = 0L;
        for (var i = 0; i < nodes.Length; i++)
        {
            scores[i] = 0;
            foreach (var taint in nodes[i].Facts.SoftTaints)
            {
                if (!pod.Tolerates(taint)) scores[i]++;
            }
            most = Math.Max(most, scores[i]);
        }
        for (var i = 0; i < nodes.Length; i++) scores[i] = most == 0 ? 100 : 100 - 100 * scores[i] / most;
    }
}
