namespace ControlPlane.Scheduling.Priorities;

/// <summary>
/// Favours nodes whose CPU and memory are used to the same degree once the pod is there, so that neither is stranded. A pod that asks for
/// neither changes nothing and is not scored.
/// </summary>
public sealed class BalancedAllocation : IPriority, IPreparedPriority
{
    public string Name => "NodeResourcesBalancedAllocation";
    public int Weight => 1;

    public IPreparedPriority? Prepare(PodDemand pod, ClusterLayout layout) => pod.Requests.MilliCpu > 0 || pod.Requests.Memory > 0 ? this : null;

    public void Score(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, Span<long> scores)
    {
        for (var i = 0; i < nodes.Length; i++)
        {
            var node = nodes[i];
            var offered = node.Offer.Allocatable;
            var cpu = Used(node.RequestedMilliCpu + pod.Requests.MilliCpu, offered.MilliCpu);
            var memory = Used(node.RequestedMemory + pod.Requests.Memory, offered.Memory);
            // Half the difference is the standard deviation of two values.
            scores[i] = (long)((1 - Math.Abs(cpu - memory) / 2) * 100);
        }
    }

    private static double Used(long taken, long offered) => offered <= 0 ? 1 : Math.Min(1, (double)taken / offered);
}
