namespace ControlPlane.Scheduling.Priorities;

/// <summary>The share of CPU and memory that stays free: load goes where there is room. Part of Kubernetes' NodeResourcesFit plugin.</summary>
public sealed class LeastAllocated : IPriority, IPreparedPriority
{
    public string Name => "NodeResourcesLeastAllocated";
    public int Weight => 1;

    public IPreparedPriority? Prepare(PodDemand pod, ClusterLayout layout) => this;

    public void Score(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, Span<long> scores)
    {
        for (var i = 0; i < nodes.Length; i++)
        {
            var node = nodes[i];
            var offered = node.Offer.Allocatable;
            var cpu = Free(node.ScoredMilliCpu + pod.ScoredMilliCpu, offered.MilliCpu);
            var memory = Free(node.ScoredMemory + pod.ScoredMemory, offered.Memory);
            scores[i] = (cpu + memory) / 2;
        }
    }

    private static long Free(long taken, long offered) => offered <= 0 || taken > offered ? 0 : (long)((double)(offered - taken) * 100 / offered);
}
