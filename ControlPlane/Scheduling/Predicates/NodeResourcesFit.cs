namespace ControlPlane.Scheduling.Predicates;

/// <summary>
/// What is requested of a node never exceeds what it can allocate, nor its pods their number. A resource the pod does not ask for is not
/// looked at: a node that is over-committed in it (its allocatable shrank) still takes the pod.
/// </summary>
public sealed class NodeResourcesFit : IPredicate, IPreparedPredicate
{
    public string Name => "NodeResourcesFit";

    public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout) => this;

    public bool Admits(PodDemand pod, NodeInfo node)
    {
        var offered = node.Offer.Allocatable;
        if (node.Pods >= node.Offer.MaxPods) return false;
        if (!Fits(pod.Requests.MilliCpu, node.RequestedMilliCpu, offered.MilliCpu)) return false;
        if (!Fits(pod.Requests.Memory, node.RequestedMemory, offered.Memory)) return false;
        if (!Fits(pod.Requests.EphemeralStorage, node.RequestedEphemeralStorage, offered.EphemeralStorage)) return false;
        foreach (var (name, amount) in pod.Requests.Extended)
        {
            if (!Fits(amount, node.RequestedExtended(name), offered.Of(name))) return false;
        }
        return true;
    }

    public void Explain(PodDemand pod, NodeInfo node, FailureTally tally)
    {
        var offered = node.Offer.Allocatable;
        if (node.Pods >= node.Offer.MaxPods) tally.Add("Too many pods");
        if (!Fits(pod.Requests.MilliCpu, node.RequestedMilliCpu, offered.MilliCpu)) tally.Add("Insufficient cpu");
        if (!Fits(pod.Requests.Memory, node.RequestedMemory, offered.Memory)) tally.Add("Insufficient memory");
        if (!Fits(pod.Requests.EphemeralStorage, node.RequestedEphemeralStorage, offered.EphemeralStorage)) tally.Add("Insufficient ephemeral-storage");
        foreach (var (name, amount) in pod.Requests.Extended)
        {
            if (!Fits(amount, node.RequestedExtended(name), offered.Of(name))) tally.Add($"Insufficient {name}");
        }
    }

    /// <summary>Written so that absurdly large requests cannot wrap round.</summary>
    private static bool Fits(long asked, long taken, long offered) => asked <= 0 || asked <= offered - taken;
}
