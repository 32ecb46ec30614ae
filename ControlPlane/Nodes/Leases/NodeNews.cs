using System.Collections.Immutable;
using Shared.Api;

namespace ControlPlane.Nodes.Leases;

/// <summary>
/// What a control plane has heard of nodes, told to the others: agents speak to one of them only. Whoever takes a Node's actor over then knows when it was last
/// heard of, and every member knows how far all proxies have come. One that is lost is made up for by the next renewal.
/// </summary>
public sealed record NodeNews(ImmutableArray<HeardNode> Nodes);

/// <summary>A renewal of a node that was taken on.</summary>
/// <param name="ProxyRevision">How far its proxy has come; below zero: it has none.</param>
public sealed record HeardNode(NodeName Node, long Epoch, long ProxyRevision);
