using System.Runtime.CompilerServices;

namespace ControlPlane.Scheduling.Predicates;

/// <summary>The predicates that concern one pod, ready to be asked, in order. Holds until the layout changes. A value: preparing allocates no list.</summary>
public struct PreparedChain
{
    private const int Most = 16;
    private Predicates _predicates;
    private Places _places;
    private int _count;

    [InlineArray(Most)]
    private struct Predicates
    {
        private IPreparedPredicate _first;
    }

    [InlineArray(Most)]
    private struct Places
    {
        private byte _first;
    }

    internal void Add(IPreparedPredicate predicate, int place)
    {
        _predicates[_count] = predicate;
        _places[_count++] = (byte)place;
    }

    /// <summary>Whether none of them refuses the node.</summary>
    public readonly bool Admits(PodDemand pod, NodeInfo node)
    {
        ReadOnlySpan<IPreparedPredicate> predicates = _predicates;
        foreach (var predicate in predicates[.._count])
        {
            if (!predicate.Admits(pod, node)) return false;
        }
        return true;
    }

    /// <summary>The place of the first that refuses the node; -1 if none does.</summary>
    public readonly int Refusing(PodDemand pod, NodeInfo node)
    {
        for (var i = 0; i < _count; i++)
        {
            if (!_predicates[i].Admits(pod, node)) return _places[i];
        }
        return -1;
    }

    /// <summary>Adds why the node is refused, and returns the place of the predicate that does.</summary>
    public readonly int Explain(PodDemand pod, NodeInfo node, FailureTally tally)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_predicates[i].Admits(pod, node)) continue;
            _predicates[i].Explain(pod, node, tally);
            return _places[i];
        }
        throw new InvalidOperationException($"Node {node.Name} admits pod {pod.Key}.");
    }
}
