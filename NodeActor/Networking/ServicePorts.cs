using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using k8s.Models;
using Shared.Api;

namespace NodeActor.Networking;

/// <summary>Where a connection may end: one port of one pod.</summary>
public readonly record struct ServiceBackend(string Address, int Port);

/// <summary>One port of one Service with the backends it has at this moment, all of IPv4. Every text in it but the name is safe to be part of a rule.</summary>
/// <param name="Name"><c>namespace/service:port</c>, for people.</param>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c> or <c>sctp</c>.</param>
/// <param name="ClusterAddresses">The addresses inside the cluster.</param>
/// <param name="ExternalAddresses">Addresses outside it that are led to the nodes.</param>
/// <param name="NodePort">The port on every node; 0 for none.</param>
/// <param name="StickySeconds">How long after its last connection a client address still goes to the same backend; 0 if it need not.</param>
/// <param name="All">The backends of all nodes. Without any the port refuses.</param>
/// <param name="Internal">Those for the cluster addresses: all, or this node's under an internal policy <c>Local</c>. If only these are missing, packets are dropped.</param>
/// <param name="Near">Under an external policy <c>Local</c> this node's, for clients outside the cluster, whose address is kept; without any their packets are
/// dropped. Null under <c>Cluster</c>. Clients inside the cluster are led to all.</param>
public sealed record ServicePortView(
    string Name,
    string Protocol,
    int Port,
    ImmutableArray<string> ClusterAddresses,
    ImmutableArray<string> ExternalAddresses,
    int NodePort,
    int StickySeconds,
    ImmutableArray<ServiceBackend> All,
    ImmutableArray<ServiceBackend> Internal,
    ImmutableArray<ServiceBackend>? Near);

/// <summary>Joins Services with their EndpointSlices. Pure, and in a fixed order whatever the order of its input.</summary>
public static class ServicePorts
{
    /// <summary>The label by which a slice names its Service.</summary>
    public const string ServiceNameLabel = "kubernetes.io/service-name";

    // The API server's default; a field of every Service with this affinity that came through it.
    private const int DefaultStickySeconds = 10800;

    /// <summary>
    /// The ports of a Service that this node must lead somewhere. Only ready endpoints count; when there is none, those that terminate but still serve do,
    /// so that a Service whose last pods are going is not cut off before they are (the rule of kube-proxy). What can not be part of a rule, whoever wrote it,
    /// is left out.
    /// </summary>
    /// <param name="slices">The Service's own.</param>
    /// <param name="skipped">Gets a line for everything that was left out though it should not have been there.</param>
    public static ImmutableArray<ServicePortView> Of(NodeName node, V1Service service, IReadOnlyCollection<V1EndpointSlice> slices, ICollection<string> skipped)
    {
        if (service.Spec is null || service.Spec.Type == "ExternalName" || ClusterAddresses(service.Spec).Length == 0) return [];
        var name = $"{service.Metadata.NamespaceProperty}/{service.Metadata.Name}";
        var usable = slices.Where(slice => slice.AddressType == "IPv4").ToArray();
        foreach (var slice in usable)
        {
            foreach (var endpoint in slice.Endpoints ?? [])
            {
                if (Address(endpoint) is not { } address || !IsUnicast(address)) skipped.Add($"endpoint '{Address(endpoint)}' of {name} is no address of a pod");
            }
        }
        return
        [
            .. (service.Spec.Ports ?? [])
                .Where(port => IsProtocol(port.Protocol) && IsPort(port.Port) && (port.NodePort is null or 0 || IsPort(port.NodePort.Value)))
                .Select(port => View(node, name, service.Spec, port, usable)),
        ];
    }

    private static ServicePortView View(NodeName node, string name, V1ServiceSpec spec, V1ServicePort port, IEnumerable<V1EndpointSlice> slices)
    {
        var protocol = port.Protocol ?? "TCP";
        var candidates = slices.SelectMany(slice => Candidates(slice, port.Name ?? "", protocol)).ToArray();
        var here = candidates.Where(candidate => candidate.Endpoint.NodeName == node.Value).ToArray();
        var all = Choose(candidates);
        return new ServicePortView(
            $"{name}:{(string.IsNullOrEmpty(port.Name) ? port.Port : port.Name)}",
            protocol.ToLowerInvariant(),
            port.Port,
            ClusterAddresses(spec),
            [.. (spec.ExternalIPs ?? []).Where(IsUnicast).Distinct().Order(StringComparer.Ordinal)],
            spec.Type is "NodePort" or "LoadBalancer" ? port.NodePort ?? 0 : 0,
            spec.SessionAffinity == "ClientIP" ? Math.Max(1, spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds ?? DefaultStickySeconds) : 0,
            all,
            spec.InternalTrafficPolicy == "Local" ? Choose(here) : all,
            spec.ExternalTrafficPolicy == "Local" ? Choose(here) : null);
    }

    private static IEnumerable<(V1Endpoint Endpoint, int Port)> Candidates(V1EndpointSlice slice, string portName, string protocol) =>
        from port in slice.Ports ?? []
        where (port.Name ?? "") == portName && (port.Protocol ?? "TCP") == protocol && port.Port is { } number && IsPort(number)
        from endpoint in slice.Endpoints ?? []
        where Address(endpoint) is { } address && IsUnicast(address)
        select (endpoint, port.Port!.Value);

    private static ImmutableArray<ServiceBackend> Choose(IReadOnlyCollection<(V1Endpoint Endpoint, int Port)> candidates)
    {
        var ready = Backends(candidates.Where(candidate => candidate.Endpoint.Conditions?.Ready ?? true));
        return ready.Length > 0 ? ready : Backends(candidates.Where(candidate => candidate.Endpoint.Conditions is { Terminating: true, Serving: true }));
    }

    private static ImmutableArray<ServiceBackend> Backends(IEnumerable<(V1Endpoint Endpoint, int Port)> candidates) =>
    [
        .. candidates
            .Select(candidate => new ServiceBackend(Address(candidate.Endpoint)!, candidate.Port))
            .Distinct()
            .OrderBy(backend => backend.Address, StringComparer.Ordinal)
            .ThenBy(backend => backend.Port),
    ];

    // All addresses of an endpoint are the same pod's: the first is as good as any.
    private static string? Address(V1Endpoint endpoint) => endpoint.Addresses?.FirstOrDefault();

    private static ImmutableArray<string> ClusterAddresses(V1ServiceSpec spec) =>
        [.. (spec.ClusterIPs is { Count: > 0 } several ? several : [spec.ClusterIP ?? ""]).Where(IsUnicast).Distinct()];

    // In its one spelling, so that nothing else can stand beside it.
    private static bool IsUnicast(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text
        && address.GetAddressBytes() is [not 0 and not 127 and < 224, ..] bytes && bytes is not [169, 254, ..];

    private static bool IsProtocol(string? protocol) => protocol is null or "TCP" or "UDP" or "SCTP";
    private static bool IsPort(int port) => port is > 0 and <= 65535;
}
