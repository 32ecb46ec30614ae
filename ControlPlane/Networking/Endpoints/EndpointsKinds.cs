using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Networking.Endpoints;

/// <summary>Endpoints and EndpointSlices.</summary>
internal static class EndpointsKinds
{
    private const int Shown = 3;

    public static KindDefinition Endpoints { get; } = KindOf.Namespaced<V1Endpoints>("ep") with
    {
        Rules = [FieldRule.Defaulted("subsets[].ports[].protocol", "TCP")],
        Strategy = new EndpointsStrategy(),
        Columns = [Name, Text("Endpoints", Addresses), Age],
    };

    public static KindDefinition Slices { get; } = KindOf.Namespaced<V1EndpointSlice>() with
    {
        Rules =
        [
            FieldRule.Defaulted("ports[].name", ""),
            FieldRule.Defaulted("ports[].protocol", "TCP"),
            FieldRule.Required("addressType"),
            FieldRule.Enumerated("addressType", "IPv4", "IPv6", "FQDN"),
            FieldRule.Immutable("addressType"),
        ],
        Strategy = new EndpointSliceStrategy(),
        Columns =
        [
            Name,
            Field("AddressType", "", "addressType"),
            Text("Ports", slice => Some(slice.Items("ports").Select(port => Or(port.Any("port"), "*")), Shown, Unset)),
            Text("Endpoints", slice => Some(slice.Items("endpoints").SelectMany(endpoint => endpoint.Texts("addresses")), Shown, Unset)),
            Age,
        ],
    };

    private static string Addresses(JsonObject endpoints)
    {
        var all = new List<string>();
        foreach (var subset in endpoints.Items("subsets"))
        {
            var ports = subset.Items("ports");
            var addresses = subset.Items("addresses").Select(address => address.Text("ip")).ToArray();
            if (ports.Count == 0) all.AddRange(addresses);
            foreach (var port in ports) all.AddRange(addresses.Select(address => $"{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{port.Any("port")}"));
        }
        return Some(all, Shown, None);
    }
}
