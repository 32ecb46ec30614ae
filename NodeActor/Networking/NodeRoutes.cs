using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using k8s.Models;
using Shared.Api;

namespace NodeActor.Networking;

/// <summary>The way to the pods of another node.</summary>
public readonly record struct NodeRoute(string PodCidr, string Gateway)
{
    public override string ToString() => $"{PodCidr} via {Gateway}";
}

/// <summary>A route as it stands, or is to stand, in the kernel's table.</summary>
/// <param name="Overlay">Over the VXLAN device, because the node is behind a router.</param>
public readonly record struct ProgrammedRoute(NodeRoute Route, bool Overlay)
{
    internal string Gateway => Overlay ? Networking.Overlay.Endpoint(Route.PodCidr) : Route.Gateway;

    internal bool Is((string PodCidr, string Gateway, string Device) shown) =>
        shown.PodCidr == Route.PodCidr && shown.Gateway == Gateway && Overlay == (shown.Device == Networking.Overlay.Device);

    internal string Line => $"route replace {Route.PodCidr} via {Gateway}{(Overlay ? $" dev {Networking.Overlay.Device} onlink" : "")} proto {NodeRoutes.Protocol}";
}

/// <summary>Decides over which node the pods of every other node are reached. Pure.</summary>
public static class NodeRoutes
{
    /// <summary>The number in <c>rtm_protocol</c> that tells the agent's routes from all others.</summary>
    public const int Protocol = 98;

    /// <summary>One route for each pod range of every other node that has an internal address.</summary>
    public static ImmutableArray<NodeRoute> Of(NodeName self, IEnumerable<V1Node> nodes) =>
    [
        .. nodes
            .Where(node => node.Metadata.Name != self.Value)
            .SelectMany(node => InternalAddress(node) is { } gateway ? Ranges(node).Select(range => new NodeRoute(range, gateway)) : [])
            .DistinctBy(route => route.PodCidr)
            .OrderBy(route => route.PodCidr, StringComparer.Ordinal),
    ];

    /// <summary>Whether <c>ip</c> can read it: at a word it can not read it ends the whole batch, whatever it was told.</summary>
    public static bool IsValid(NodeRoute route) =>
        IPNetwork.TryParse(route.PodCidr, out var range) && range.ToString() == route.PodCidr && range.BaseAddress.AddressFamily == AddressFamily.InterNetwork
        && IPAddress.TryParse(route.Gateway, out var gateway) && gateway.ToString() == route.Gateway && gateway.AddressFamily == AddressFamily.InterNetwork;

    /// <summary>The lines for <c>ip -batch</c> that lead from the agent's routes in the table to those that are wanted.</summary>
    public static ImmutableArray<string> Batch(ImmutableArray<(string PodCidr, string Gateway, string Device)> present, IReadOnlyCollection<ProgrammedRoute> wanted)
    {
        var shown = present.ToLookup(route => route.PodCidr);
        var ranges = wanted.Select(route => route.Route.PodCidr).ToHashSet();
        return
        [
            .. wanted.Where(route => !shown[route.Route.PodCidr].Any(route.Is)).Select(route => route.Line),
            .. present.Where(route => !ranges.Contains(route.PodCidr)).Select(route => Delete(route.PodCidr)),
        ];
    }

    /// <summary>The lines that take away what the refused ones were to replace.</summary>
    public static ImmutableArray<string> Stale(ImmutableArray<(string PodCidr, string Gateway, string Device)> present, IEnumerable<string> refused) =>
        [.. present.Select(route => route.PodCidr).Intersect(refused.Where(line => line.StartsWith("route replace ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2])).Select(Delete)];

    private static string Delete(string range) => $"route del {range} proto {Protocol}";

    private static IEnumerable<string> Ranges(V1Node node) =>
        (node.Spec?.PodCIDRs is { Count: > 0 } several ? several : [node.Spec?.PodCIDR ?? ""]).Where(range => range.Contains('.', StringComparison.Ordinal));

    private static string? InternalAddress(V1Node node) =>
        node.Status?.Addresses?.FirstOrDefault(address => address.Type == "InternalIP" && !address.Address.Contains(':', StringComparison.Ordinal))?.Address;
}
