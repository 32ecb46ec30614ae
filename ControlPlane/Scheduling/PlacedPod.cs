namespace ControlPlane.Scheduling;

/// <summary>A pod on its node, assumed there or bound. It takes its share until it is gone, also while it is <paramref name="leaving"/>.</summary>
public sealed class PlacedPod(PodDemand demand, NodeInfo node, bool leaving)
{
    public PodDemand Demand { get; } = demand;
    public NodeInfo Node { get; } = node;

    /// <summary>Whether its deletion has been asked for.</summary>
    public bool Leaving { get; } = leaving;

    /// <summary>Its place in the node's list.</summary>
    internal int Index { get; set; }
}
