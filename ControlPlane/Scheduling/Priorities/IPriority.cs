namespace ControlPlane.Scheduling.Priorities;

/// <summary>
/// A soft rule: how well the nodes that passed every predicate suit a pod. Pure; allocates nothing.
/// </summary>
public interface IPriority
{
    /// <summary>The plugin's name in Kubernetes.</summary>
    string Name { get; }

    /// <summary>How much it counts against the others; Kubernetes' default weights.</summary>
    int Weight { get; }

    /// <summary>Whether it tells nodes apart for this pod; if not, <see cref="Score"/> is not asked.</summary>
    bool Concerns(PodDemand pod, ClusterSnapshot snapshot);

    /// <summary>Sets a score of 0..100 for each node: the more, the better.</summary>
    void Score(PodDemand pod, ClusterSnapshot snapshot, ReadOnlySpan<NodeInfo> nodes, Span<long> scores);
}
