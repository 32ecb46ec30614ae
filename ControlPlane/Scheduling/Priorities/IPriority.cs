namespace ControlPlane.Scheduling.Priorities;

/// <summary>
/// A soft rule: how well the nodes that passed every predicate suit a pod. Prepared once for a pod against the cluster as it is. Pure.
/// </summary>
public interface IPriority
{
    /// <summary>The plugin's name in Kubernetes.</summary>
    string Name { get; }

    /// <summary>How much it counts against the others; Kubernetes' default weights.</summary>
    int Weight { get; }

    /// <summary>
    /// What scores the nodes; null: the rule tells no nodes apart for this pod. A rule that has nothing to prepare returns itself.
    /// </summary>
    IPreparedPriority? Prepare(PodDemand pod, ClusterLayout layout);
}

/// <summary>A priority that is ready for one pod.</summary>
public interface IPreparedPriority
{
    /// <summary>Sets a score of 0..100 for each node: the more, the better. Allocates nothing.</summary>
    void Score(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, Span<long> scores);
}
