using System.Buffers;
using System.Collections.Immutable;
using ControlPlane.Scheduling.Predicates;
using ControlPlane.Scheduling.Priorities;

namespace ControlPlane.Scheduling;

/// <summary>What was decided for a pod: a node, or why there is none.</summary>
/// <param name="Node">Where to place the pod; null if no node admits it.</param>
/// <param name="Examined">How many nodes were looked at: <see cref="ClusterLayout.Advance"/> wants to know.</param>
/// <param name="Failure">Without a node: the sentence users know from kube-scheduler.</param>
/// <param name="Lacks">Without a node: the predicates that refused one each.</param>
public readonly record struct PlacementDecision(NodeInfo? Node, int Examined, string Failure, PredicateSet Lacks = default);

/// <summary>
/// Decides where a pod goes. Predicates first, from the place in the round of nodes where the last decision stopped, until enough nodes have
/// passed; then the priorities' weighted sum over those. Of equally good nodes the first in the round wins. Pure: the same pod and layout
/// give the same decision, and the layout is not changed.
/// </summary>
public sealed class Placement(PredicateChain predicates, ImmutableArray<IPriority> priorities)
{
    /// <summary>With fewer nodes than this that admit the pod, all nodes are looked at.</summary>
    public const int FewestFeasible = 100;
    private const int LowestPercentage = 5;

    /// <summary>With all predicates and priorities there are.</summary>
    public static Placement Default { get; } = new(PredicateChain.All, PriorityList.All);

    public PredicateChain Predicates { get; } = predicates;

    /// <param name="pod">The pod to place.</param>
    /// <param name="layout">The cluster.</param>
    /// <param name="percentage">How many of the nodes to score, in percent; 0: the more nodes, the smaller the share, as kube-scheduler does.</param>
    public PlacementDecision Decide(PodDemand pod, ClusterLayout layout, int percentage = 0)
    {
        var nodes = layout.Nodes;
        var chain = Predicates.Prepare(pod, layout);
        var (node, examined) = Choose(pod, chain, layout, nodes, layout.StartAt, EnoughFeasible(nodes.Length, percentage));
        return node is not null ? new(node, examined, "") : Explain(chain, pod, nodes);
    }

    /// <summary>The best of a few nodes; null if none of them admits the pod.</summary>
    public NodeInfo? Among(ReadOnlySpan<NodeInfo> nodes, PodDemand pod, ClusterLayout layout) =>
        Choose(pod, Predicates.Prepare(pod, layout), layout, nodes, 0, nodes.Length).Node;

    /// <summary>Whether the pod could be placed on this one node as it is.</summary>
    public bool Admits(PodDemand pod, NodeInfo node, ClusterLayout layout) => node.Known && Predicates.Prepare(pod, layout).Admits(pod, node);

    /// <summary>kube-scheduler's percentageOfNodesToScore: 50 % less 1 % per 125 nodes, at least 5 % and at least 100 nodes.</summary>
    internal static int EnoughFeasible(int nodes, int percentage)
    {
        if (nodes < FewestFeasible) return nodes;
        var share = percentage > 0 ? percentage : Math.Max(LowestPercentage, 50 - nodes / 125);
        return share >= 100 ? nodes : (int)Math.Max(FewestFeasible, (long)nodes * share / 100);
    }

    private (NodeInfo? Node, int Examined) Choose(
        PodDemand pod, in PreparedChain chain, ClusterLayout layout, ReadOnlySpan<NodeInfo> nodes, int start, int enough)
    {
        var feasible = ArrayPool<NodeInfo>.Shared.Rent(Math.Max(1, enough));
        var (found, examined) = (0, 0);
        try
        {
            for (var at = start; examined < nodes.Length && found < enough; examined++)
            {
                var node = nodes[at];
                if (++at == nodes.Length) at = 0;
                if (chain.Admits(pod, node)) feasible[found++] = node;
            }
            return found switch
            {
                0 => (null, examined),
                1 => (feasible[0], examined),
                _ => (Best(pod, layout, feasible.AsSpan(0, found)), examined),
            };
        }
        finally
        {
            feasible.AsSpan(0, found).Clear();
            ArrayPool<NodeInfo>.Shared.Return(feasible);
        }
    }

    private NodeInfo Best(PodDemand pod, ClusterLayout layout, ReadOnlySpan<NodeInfo> nodes)
    {
        var rented = ArrayPool<long>.Shared.Rent(nodes.Length * 2);
        var totals = rented.AsSpan(0, nodes.Length);
        var scores = rented.AsSpan(nodes.Length, nodes.Length);
        totals.Clear();
        foreach (var priority in priorities)
        {
            if (priority.Prepare(pod, layout) is not { } prepared) continue;
            prepared.Score(pod, nodes, scores);
            for (var i = 0; i < scores.Length; i++) totals[i] += priority.Weight * scores[i];
        }
        var best = 0;
        for (var i = 1; i < totals.Length; i++)
        {
            if (totals[i] > totals[best]) best = i;
        }
        ArrayPool<long>.Shared.Return(rented);
        return nodes[best];
    }

    private static PlacementDecision Explain(in PreparedChain chain, PodDemand pod, ReadOnlySpan<NodeInfo> nodes)
    {
        var tally = new FailureTally();
        var lacks = default(PredicateSet);
        foreach (var node in nodes) lacks = lacks.With(chain.Explain(pod, node, tally));
        return new(null, nodes.Length, tally.Message(nodes.Length), lacks);
    }
}
