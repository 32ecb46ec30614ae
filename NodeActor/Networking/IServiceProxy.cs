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

/// <summary>
/// Programs service addresses and the routes to the other nodes' pods. Calls never overlap, and each brings the whole view: an implementation
/// compares it with what it has programmed and may do nothing.
/// </summary>
public interface IServiceProxy
{
    /// <summary>
    /// Completes once new connections follow this view; its revision is then what the node tells the control plane it has applied. A failed
    /// call is repeated with the newest view after a pause.
    /// </summary>
    Task Apply(NetworkView view, CancellationToken stop);
}
