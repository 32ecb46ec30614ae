using System.Collections.Immutable;
using Shared.Api;

namespace NodeActor.Networking;

/// <summary>A live object the node follows: its key, the revision it was committed at and its API JSON.</summary>
public sealed record FollowedObject(ObjectKey Key, long Revision, ReadOnlyMemory<byte> Json);

/// <summary>
/// All Services, EndpointSlices and Nodes as of one revision. Whoever applies it makes the machine look like it; what it does not name is gone.
/// </summary>
/// <param name="Node">The node this process is.</param>
/// <param name="Revision">Everything committed up to here is in it.</param>
/// <param name="Network">The node's own pod range and the cluster's ranges.</param>
public sealed record NetworkView(
    NodeName Node,
    long Revision,
    NodeNetwork Network,
    ImmutableArray<FollowedObject> Services,
    ImmutableArray<FollowedObject> EndpointSlices,
    ImmutableArray<FollowedObject> Nodes);

/// <summary>The address ranges a node was given at its registration, as CIDR texts.</summary>
public sealed record NodeNetwork(string PodCidr, string ClusterCidr, string ServiceCidr);

/// <summary>What of a view could not be programmed.</summary>
/// <param name="Rules">Why new connections do not follow the view's Services; empty if they do.</param>
/// <param name="Routes">Which nodes' pods can not be reached, and why; empty if all can.</param>
public sealed record NetworkReport(string Rules, string Routes)
{
    /// <summary>What of the view was left out because it can not be part of a rule; empty if nothing was. All else is in force.</summary>
    public string Skipped { get; init; } = "";

    public static NetworkReport Well { get; } = new("", "");
}

/// <summary>
/// Programs service addresses and the routes to the other nodes' pods. Calls never overlap, and each brings the whole view: an implementation
/// compares it with what it has programmed and may do nothing.
/// </summary>
public interface IServiceProxy
{
    /// <summary>
    /// Completes once everything was tried. New connections follow this view unless the report or an exception says otherwise; its revision is then what
    /// the node tells the control plane it has applied. As long as something fails, the call is repeated with the newest view after a pause.
    /// </summary>
    Task<NetworkReport> Apply(NetworkView view, CancellationToken stop);
}
