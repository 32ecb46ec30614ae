using ControlPlane.Nodes.Drains;
using ControlPlane.Objects;

namespace ControlPlane.Networking.Endpoints;

/// <summary><see cref="Drain"/> as the node service asks for it.</summary>
public sealed class EndpointDrain : IEndpointDrain
{
    /// <inheritdoc/>
    public long? DrainedAt(StoredObject pod, IObjectView view) =>
        Drain.Find(view, pod.Key, new(pod.Uid)) is { IsDrained: true, AtRevision: var revision } ? revision : null;
}
