using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>The refusals an agent can get.</summary>
internal static class NodeRefusal
{
    /// <param name="current">The node's epoch; null if there is no such Node.</param>
    public static NodeRefused Stale(NodeRequest request, long? current) =>
        new(request.Node, request.Epoch, new ApiStatus(409, NodeProtocol.StaleEpoch, current is null
            ? $"node {request.Node} is not registered"
            : $"node {request.Node} is in epoch {current}, the request is of epoch {request.Epoch}"));

    /// <summary>The request is not believed to be its node's. An honest agent proves its name again.</summary>
    public static NodeRefused Untrusted(NodeRequest request, string why) =>
        new(request.Node, request.Epoch, new ApiStatus(403, NodeProtocol.Untrusted, $"{request.GetType().Name} for node {request.Node} is refused: {why}"));

    public static NodeRefused Of(NodeRequest request, ApiStatus status) => new(request.Node, request.Epoch, status);
}
