using System.Collections.Immutable;

namespace ControlPlane.Scheduling.Predicates;

/// <summary>Predicates in the order they are asked: the first that refuses a node explains it.</summary>
public sealed class PredicateChain
{
    public PredicateChain(ImmutableArray<IPredicate> predicates)
    {
        Predicates = predicates;
        for (var i = 0; i < predicates.Length; i++)
        {
            if (predicates[i].HelpedFromElsewhereBy != ClusterChanges.None) HelpedFromElsewhere = HelpedFromElsewhere.With(i);
        }
    }

    /// <summary>All predicates there are. Adding one adds a line here.</summary>
    public static PredicateChain All { get; } = new(
    [
        new NodeUnschedulable(),
        new NodeName(),
        new NodeReady(),
        new TaintToleration(),
        new NodeAffinity(),
        new NodePorts(),
        new NodeResourcesFit(),
        new PodTopologySpread(),
        new InterPodAffinity(),
        new VolumeBinding(),
    ]);

    public ImmutableArray<IPredicate> Predicates { get; }

    /// <summary>Those that something elsewhere in the cluster can help against.</summary>
    public PredicateSet HelpedFromElsewhere { get; }

    /// <summary>Prepares a pod's predicates against the cluster as it is.</summary>
    public PreparedChain Prepare(PodDemand pod, ClusterLayout layout)
    {
        var chain = new PreparedChain();
        for (var i = 0; i < Predicates.Length; i++)
        {
            if (Predicates[i].Prepare(pod, layout) is { } prepared) chain.Add(prepared, i);
        }
        return chain;
    }
}
