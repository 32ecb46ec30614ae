using System.Collections.Immutable;

namespace ControlPlane.Networking.Endpoints;

/// <summary>A port of an EndpointSlice: where the Service's port of this name leads.</summary>
public sealed record EndpointPort(string Name, string Protocol, int Port, string AppProtocol);

/// <summary>
/// One pod behind a Service. <paramref name="Ready"/>: it may get traffic. <paramref name="Serving"/>: it is ready, going or not.
/// <paramref name="Terminating"/>: it is being deleted.
/// </summary>
public sealed record Endpoint(
    string Address, bool Ready, bool Serving, bool Terminating, string Pod, string PodUid, string Node, string Zone, string Hostname);

/// <summary>The endpoints that lead to the same ports: pods may resolve a named port differently.</summary>
public sealed record EndpointGroup(ImmutableArray<EndpointPort> Ports, ImmutableArray<Endpoint> Endpoints);
