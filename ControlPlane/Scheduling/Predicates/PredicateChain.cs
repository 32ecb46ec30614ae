using System.Collections.Immutable;

namespace ControlPlane.Scheduling.Predicates;

/// <summary>All predicates in the order they are asked: the first that refuses a node explains it. Adding one adds a line here.</summary>
public static class PredicateChain
{
    public static ImmutableArray<IPredicate> All { get; } =
    [
        new NodeUnschedulable(),
        new NodeName(),
        new NodeReady(),
        new TaintToleration(),
        new NodeAffinity(),
        new NodePorts(),
        new NodeResourcesFit(),
    ];

    /// <summary>The predicates that can keep a pod off a node. Pods without special wishes share one array.</summary>
    public static IPredicate[] For(PodDemand pod)
    {
        var concerned = 0;
        for (var i = 0; i < All.Length; i++)
        {
            if (All[i].Concerns(pod)) concerned |= 1 << i;
        }
        return Volatile.Read(ref ByConcern[concerned]) ?? Select(concerned);
    }

    /// <summary>Whether none of them refuses the node.</summary>
    public static bool Admit(ReadOnlySpan<IPredicate> predicates, PodDemand pod, NodeInfo node)
    {
        foreach (var predicate in predicates)
        {
            if (!predicate.Admits(pod, node)) return false;
        }
        return true;
    }

    private static readonly IPredicate[]?[] ByConcern = new IPredicate[1 << All.Length][];

    private static IPredicate[] Select(int concerned)
    {
        var selected = All.Where((_, i) => (concerned & (1 << i)) != 0).ToArray();
        Volatile.Write(ref ByConcern[concerned], selected);
        return selected;
    }
}
