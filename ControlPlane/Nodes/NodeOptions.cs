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
    /// What containers that must not run twice get between TERM and KILL when their agent has lost its lease; told to the agent when it registers. Short: the
    /// whole cluster waits for it.
    /// </summary>
    public TimeSpan FenceGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// What an agent may take beyond that: until it notices, until a runtime has killed what did not end by itself, and until an agent that was killed in the middle
    /// of it runs again.
    /// </summary>
    public TimeSpan FenceSlack { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// How long a node must have been silent before an agent on another machine may run it: until then the one that ran it may still have containers that must
    /// not run twice.
    /// </summary>
    public TimeSpan Succession => OrphanDelay;

    /// <summary>
    /// How long a Node must have been gone before pods bound to it are removed and may be started elsewhere. The sum of all an agent that was cut off at the
    /// worst moment needs to have stopped them: the lease it still believes in, the grace, the slack.
    /// </summary>
    public TimeSpan OrphanDelay => AgentLease + FenceGrace + FenceSlack;

    /// <summary>
    /// A gap in this process' own pulse that is longer is a pause: nodes get a full lease after it. A quarter of the lease: what a shorter one takes away
    /// leaves the time for several renewals.
    /// </summary>
    public TimeSpan Pause => AgentLease / 4;

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
        if (FenceGrace < TimeSpan.Zero) yield return "The grace of fenced containers must not be negative.";
        if (FenceSlack < TimeSpan.FromSeconds(1)) yield return "An agent needs at least a second beyond the grace to have stopped its containers.";
        if (!IPNetwork.TryParse(ClusterCidr, out var range)) yield return $"'{ClusterCidr}' is not an address range.";
        else if (NodePrefixLength < range.PrefixLength || NodePrefixLength > 30) yield return $"A node's range (/{NodePrefixLength}) must lie within {ClusterCidr}.";
        if (!IPNetwork.TryParse(ServiceCidr, out _)) yield return $"'{ServiceCidr}' is not an address range.";
    }

    /// <summary>The time this node may be silent; null: for ever.</summary>
    public TimeSpan? LeaseOf(NodeView node) => node.IsAgent ? AgentLease : ExternalLease > TimeSpan.Zero ? ExternalLease : null;

    /// <summary>
    /// A node that is silent for longer counts as missing when its zone is judged, before its lease is over: two renewals are overdue. So nodes that went
    /// together are seen to have gone together, whichever is found lost first.
    /// </summary>
    public TimeSpan Suspicion(TimeSpan lease) => lease * 5 / 12;
}
