using System.Collections.Immutable;
using k8s.Models;
using Shared.Api;

namespace NodeActor.Networking;

/// <summary>Where a connection may end: one port of one pod.</summary>
public readonly record struct ServiceBackend(string Address, int Port);

/// <summary>One port of one Service with the backends it has at this moment, all of IPv4.</summary>
/// <param name="Name"><c>namespace/service:port</c>, for people.</param>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c> or <c>sctp</c>.</param>
/// <param name="ClusterAddresses">The addresses inside the cluster.</param>
/// <param name="ExternalAddresses">Addresses outside it that are led to the nodes.</param>
/// <param name="NodePort">The port on every node; 0 for none.</param>
/// <param name="StickyClients">Whether a client address always goes to the same backend.</param>
/// <param name="Internal">Backends for clients inside the cluster.</param>
/// <param name="External">Backends for clients outside it.</param>
/// <param name="KeepsClientAddress">Whether external clients are only led to pods of this node, which then see the client's address.</param>
public sealed record ServicePortView(
    string Name,
    string Protocol,
    int Port,
    ImmutableArray<string> ClusterAddresses,
    ImmutableArray<string> ExternalAddresses,
    int NodePort,
    bool StickyClients,
    ImmutableArray<ServiceBackend> Internal,
    ImmutableArray<ServiceBackend> External,
    bool KeepsClientAddress);

/// <summary>Joins Services with their EndpointSlices. Pure, and in a fixed order whatever the order of its input.</summary>
public static class ServicePorts
{
    /// <summary>The label by which a slice names its Service.</summary>
    public const string ServiceNameLabel = "kubernetes.io/service-name";

    /// <summary>
    /// Every port that this node must lead somewhere. Only ready endpoints count; when there is none, those that terminate but still serve do,
    /// so that a Service whose last pods are going is not cut off before they are (the rule of kube-proxy).
    /// </summary>
    public static ImmutableArray<ServicePortView> Of(NodeName node, IEnumerable<V1Service> services, IEnumerable<V1EndpointSlice> slices)
    {
        var byService = slices
            .Where(slice => slice.AddressType == "IPv4" && slice.Metadata.Labels is { } labels && labels.ContainsKey(ServiceNameLabel))
            .ToLookup(slice => (slice.Metadata.NamespaceProperty, slice.Metadata.Labels[ServiceNameLabel]));
        return
        [
            .. services
                .Where(service => service.Spec is not null && service.Spec.Type != "ExternalName" && ClusterAddresses(service.Spec).Length > 0)
                .OrderBy(service => service.Metadata.NamespaceProperty, StringComparer.Ordinal)
                .ThenBy(service => service.Metadata.Name, StringComparer.Ordinal)
                .SelectMany(service => (service.Spec.Ports ?? []).Select(port =>
                    View(node, service, port, byService[(service.Metadata.NamespaceProperty, service.Metadata.Name)]))),
        ];
    }

    private static ServicePortView View(NodeName node, V1Service service, V1ServicePort port, IEnumerable<V1EndpointSlice> slices)
    {
        var spec = service.Spec;
        var protocol = port.Protocol ?? "TCP";
        var candidates = slices.SelectMany(slice => Candidates(slice, port.Name ?? "", protocol)).ToArray();
        var here = candidates.Where(candidate => candidate.Endpoint.NodeName == node.Value).ToArray();
        var external = spec.ExternalTrafficPolicy == "Local";
        return new ServicePortView(
            $"{service.Metadata.NamespaceProperty}/{service.Metadata.Name}:{(string.IsNullOrEmpty(port.Name) ? port.Port : port.Name)}",
            protocol.ToLowerInvariant(),
            port.Port,
            ClusterAddresses(spec),
            [.. (spec.ExternalIPs ?? []).Where(IsIPv4).Order(StringComparer.Ordinal)],
            spec.Type is "NodePort" or "LoadBalancer" ? port.NodePort ?? 0 : 0,
            spec.SessionAffinity == "ClientIP",
            Choose(spec.InternalTrafficPolicy == "Local" ? here : candidates),
            Choose(external ? here : candidates),
            external);
    }

    private static IEnumerable<(V1Endpoint Endpoint, int Port)> Candidates(V1EndpointSlice slice, string portName, string protocol) =>
        from port in slice.Ports ?? []
        where (port.Name ?? "") == portName && (port.Protocol ?? "TCP") == protocol && port.Port is not null
        from endpoint in slice.Endpoints ?? []
        select (endpoint, port.Port!.Value);

    private static ImmutableArray<ServiceBackend> Choose(IReadOnlyCollection<(V1Endpoint Endpoint, int Port)> candidates)
    {
        var ready = Backends(candidates.Where(candidate => candidate.Endpoint.Conditions?.Ready ?? true));
        return ready.Length > 0 ? ready : Backends(candidates.Where(candidate => candidate.Endpoint.Conditions is { Terminating: true, Serving: true }));
    }

    private static ImmutableArray<ServiceBackend> Backends(IEnumerable<(V1Endpoint Endpoint, int Port)> candidates) =>
    [
        .. candidates
            .SelectMany(candidate => (candidate.Endpoint.Addresses ?? []).Take(1).Select(address => new ServiceBackend(address, candidate.Port)))
            .Distinct()
            .OrderBy(backend => backend.Address, StringComparer.Ordinal)
            .ThenBy(backend => backend.Port),
    ];

    private static ImmutableArray<string> ClusterAddresses(V1ServiceSpec spec) =>
        [.. (spec.ClusterIPs is { Count: > 0 } several ? several : [spec.ClusterIP ?? ""]).Where(IsIPv4)];

    private static bool IsIPv4(string address) => System.Net.IPAddress.TryParse(address, out var parsed)
        && parsed.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
}
