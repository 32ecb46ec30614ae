using System.Buffers;
using ControlPlane.Scheduling.Predicates;
using ControlPlane.Scheduling.Priorities;

namespace ControlPlane.Scheduling;

/// <summary>What was decided for a pod: a node, or why there is none.</summary>
/// <param name="Node">Where to place the pod; null if no node admits it.</param>
/// <param name="Examined">How many nodes were looked at: <see cref="ClusterSnapshot.Advance"/> wants to know.</param>
/// <param name="Failure">Without a node: the sentence users know from kube-scheduler.</param>
public readonly record struct PlacementDecision(NodeInfo? Node, int Examined, string Failure);

/// <summary>
/// Decides where a pod goes. Predicates first, from the place in the round of nodes where the last decision stopped, until enough nodes have
/// passed; then the priorities' weighted sum over those. Of equally good nodes the first in the round wins. Pure: the same pod and snapshot
/// give the same decision, and the snapshot is not changed.
/// </summary>
public static class Placement
{
    /// <summary>With fewer nodes than this that admit the pod, all nodes are looked at.</summary>
    public const int FewestFeasible = 100;
    private const int LowestPercentage = 5;

    /// <param name="pod">The pod to place.</param>
    /// <param name="snapshot">The cluster.</param>
    /// <param name="percentage">How many of the nodes to score, in percent; 0: the more nodes, the smaller the share, as kube-scheduler does.</param>
    public static PlacementDecision Decide(PodDemand pod, ClusterSnapshot snapshot, int percentage = 0)
    {
        var nodes = snapshot.Nodes;
        var predicates = PredicateChain.For(pod);
        var enough = EnoughFeasible(nodes.Length, percentage);
        var feasible = ArrayPool<NodeInfo>.Shared.Rent(Math.Max(1, enough));
        var (found, examined) = (0, 0);
        try
        {
            for (var at = snapshot.StartAt; examined < nodes.Length && found < enough; examined++)
            {
                var node = nodes[at];
                if (++at == nodes.Length) at = 0;
                if (PredicateChain.Admit(predicates, pod, node)) feasible[found++] = node;
            }
            return found switch
            {
                0 => new(null, examined, Explain(predicates, pod, nodes)),
                1 => new(feasible[0], examined, ""),
                _ => new(Best(pod, snapshot, feasible.AsSpan(0, found)), examined, ""),
            };
        }
        finally
        {
            feasible.AsSpan(0, found).Clear();
            ArrayPool<NodeInfo>.Shared.Return(feasible);
        }
    }

    /// <summary>Whether the pod could be placed on this one node as it is.</summary>
    public static bool Admits(PodDemand pod, NodeInfo node) => node.Known && PredicateChain.Admit(PredicateChain.For(pod), pod, node);

    /// <summary>kube-scheduler's percentageOfNodesToScore: 50 % less 1 % per 125 nodes, at least 5 % and at least 100 nodes.</summary>
    internal static int EnoughFeasible(int nodes, int percentage)
    {
        if (nodes < FewestFeasible) return nodes;
        var share = percentage > 0 ? percentage : Math.Max(LowestPercentage, 50 - nodes / 125);
        return share >= 100 ? nodes : (int)Math.Max(FewestFeasible, (long)nodes * share / 100);
    }

    private static NodeInfo Best(PodDemand pod, ClusterSnapshot snapshot, ReadOnlySpan<NodeInfo> nodes)
    {
        var rented = ArrayPool<long>.Shared.Rent(nodes.Length * 2);
        var totals = rented.AsSpan(0, nodes.Length);
        var scores = rented.AsSpan(nodes.Length, nodes.Length);
        totals.Clear();
        foreach (var priority in PriorityList.All)
        {
            if (!priority.Concerns(pod, snapshot)) continue;
            priority.Score(pod, snapshot, nodes, scores);
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

    private static string Explain(ReadOnlySpan<IPredicate> predicates, PodDemand pod, ReadOnlySpan<NodeInfo> nodes)
    {
        var tally = new FailureTally();
        foreach (var node in nodes)
        {
            foreach (var predicate in predicates)
            {
                if (predicate.Admits(pod, node)) continue;
                predicate.Explain(pod, node, tally);
                break;
            }
        }
        return tally.Message(nodes.Length);
    }
}
