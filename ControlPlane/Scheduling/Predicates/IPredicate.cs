namespace ControlPlane.Scheduling.Predicates;

/// <summary>
/// A hard rule: where it does not admit a pod, the pod is never placed. It is prepared once for a pod against the cluster as it is, then asked
/// for each node. Pure: what it knows is in the pod, the node and what it prepared.
/// </summary>
public interface IPredicate
{
    /// <summary>The plugin's name in Kubernetes.</summary>
    string Name { get; }

    /// <summary>
    /// Which changes elsewhere in the cluster can make a node admit a pod that it refused. What happens to the node itself always can, and is
    /// not meant.
    /// </summary>
    ClusterChanges HelpedFromElsewhereBy => ClusterChanges.None;

    /// <summary>
    /// What there is to ask each node; null: the rule keeps this pod off no node. The answer holds until the layout changes. A rule that has
    /// nothing to prepare returns itself.
    /// </summary>
    IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout);

    /// <summary>
    /// Of the changes in <see cref="HelpedFromElsewhereBy"/>: whether the coming or going of another pod can help one that was refused. True where
    /// it is not worth finding out.
    /// </summary>
    bool CanHelp(PodDemand refused, PodDemand other, ClusterChanges change, ClusterLayout layout) => true;
}

/// <summary>A predicate that is ready for one pod. <see cref="Admits"/> runs for every node and allocates nothing.</summary>
public interface IPreparedPredicate
{
    /// <summary>Whether the pod may run on the node as it is.</summary>
    bool Admits(PodDemand pod, NodeInfo node);

    /// <summary>Adds why not. Called only for a node that was not admitted.</summary>
    void Explain(PodDemand pod, NodeInfo node, FailureTally tally);
}
