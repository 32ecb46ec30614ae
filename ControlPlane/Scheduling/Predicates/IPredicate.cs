namespace ControlPlane.Scheduling.Predicates;

/// <summary>
/// A hard rule: where it does not admit a pod, the pod is never placed. Pure and free of allocation in <see cref="Admits"/>, which runs for
/// every pod and node.
/// </summary>
public interface IPredicate
{
    /// <summary>The plugin's name in Kubernetes.</summary>
    string Name { get; }

    /// <summary>Whether the rule can keep this pod off any node at all; if not, <see cref="Admits"/> is not asked.</summary>
    bool Concerns(PodDemand pod);

    /// <summary>Whether the pod may run on the node as it is.</summary>
    bool Admits(PodDemand pod, NodeInfo node);

    /// <summary>Adds why not. Called only for a node that was not admitted.</summary>
    void Explain(PodDemand pod, NodeInfo node, FailureTally tally);
}
