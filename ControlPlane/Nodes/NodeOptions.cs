using System.Net;

namespace ControlPlane.Nodes;

/// <summary>How nodes are judged, and the address ranges they are given.</summary>
public sealed record NodeOptions
{
    /// <summary>How long an agent may go without a renewal (it renews every second) before its node counts as lost.</summary>
    public TimeSpan AgentLease { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>The same for a kubelet that registered over REST and renews a <c>Lease</c> every ten seconds. Zero: such nodes are never judged.</summary>
    public TimeSpan ExternalLease { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>
    /// How long a node must have been away before pods bound to it are removed. Longer than <see cref="AgentLease"/> and the time an agent that lost it takes to
    /// stop its pods, so that a pod of a StatefulSet is never started a second time while the first still runs.
    /// </summary>
    public TimeSpan OrphanDelay { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>The range all pods' addresses are in.</summary>
    public string ClusterCidr { get; init; } = "10.244.0.0/16";

    /// <summary>The prefix length of one node's part of it.</summary>
    public int NodePrefixLength { get; init; } = 24;

    /// <summary>The range of cluster IPs.</summary>
    public string ServiceCidr { get; init; } = "10.96.0.0/16";

    /// <summary>Requests of agents that may be under way at a time in one process; beyond it they are refused with 429 and come again.</summary>
    public int MaxInFlight { get; init; } = 8192;

    /// <summary>Every fault of these options; empty where there is none.</summary>
    public IEnumerable<string> Validate()
    {
        if (AgentLease < TimeSpan.FromSeconds(1)) yield return "The agents' lease must be at least a second.";
        if (ExternalLease < TimeSpan.Zero) yield return "The lease of external nodes must not be negative.";
        if (OrphanDelay < AgentLease) yield return "Pods of a node that is gone must not be removed before its agent knows that it lost its lease.";
        if (!IPNetwork.TryParse(ClusterCidr, out var range)) yield return $"'{ClusterCidr}' is not an address range.";
        else if (NodePrefixLength < range.PrefixLength || NodePrefixLength > 30) yield return $"A node's range (/{NodePrefixLength}) must lie within {ClusterCidr}.";
        if (!IPNetwork.TryParse(ServiceCidr, out _)) yield return $"'{ServiceCidr}' is not an address range.";
    }

    /// <summary>The time this node may be silent; null: for ever.</summary>
    public TimeSpan? LeaseOf(NodeView node) => node.IsAgent ? AgentLease : ExternalLease > TimeSpan.Zero ? ExternalLease : null;
}
