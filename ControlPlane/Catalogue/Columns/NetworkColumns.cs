using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using static ControlPlane.Catalogue.Columns.Column;

namespace ControlPlane.Catalogue.Columns;

/// <summary>Services and what leads to them.</summary>
internal static class NetworkColumns
{
    private const int Shown = 3;

    public static ImmutableArray<PrinterColumn> Services { get; } =
    [
        Name,
        Field("Type", "ClusterIP", "spec", "type"),
        Text("Cluster-IP", service => Or(service.Strings("spec", "clusterIPs").FirstOrDefault() ?? service.Str("spec", "clusterIP"), None)),
        Text("External-IP", ExternalIp),
        Text("Port(s)", service => Or(string.Join(',', service.List("spec", "ports").Select(ServicePort)), None)),
        Age,
        Wide(Text("Selector", service => Labels(service.At("spec", "selector")))),
    ];

    public static ImmutableArray<PrinterColumn> Endpoints { get; } = [Name, Text("Endpoints", Addresses), Age];

    public static ImmutableArray<PrinterColumn> EndpointSlices { get; } =
    [
        Name,
        Field("AddressType", "", "addressType"),
        Text("Ports", slice => Some(slice.List("ports").Select(port => Or(port.Any("port"), "*")), Shown, Unset)),
        Text("Endpoints", slice => Some(slice.List("endpoints").SelectMany(endpoint => endpoint.Strings("addresses")), Shown, Unset)),
        Age,
    ];

    public static ImmutableArray<PrinterColumn> Ingresses { get; } =
    [
        Name,
        Field("Class", None, "spec", "ingressClassName"),
        Text("Hosts", ingress => Some(ingress.List("spec", "rules").Select(rule => rule.Str("host")).Where(host => host.Length > 0), Shown, "*")),
        Text("Address", LoadBalancer),
        Text("Ports", ingress => ingress.List("spec", "tls").Count > 0 ? "80, 443" : "80"),
        Age,
    ];

    public static ImmutableArray<PrinterColumn> IngressClasses { get; } =
    [
        Name,
        Field("Controller", "", "spec", "controller"),
        Text("Parameters", IngressParameters),
        Age,
    ];

    public static ImmutableArray<PrinterColumn> NetworkPolicies { get; } = [Name, Text("Pod-Selector", policy => Selector(policy.At("spec", "podSelector"))), Age];

    public static ImmutableArray<PrinterColumn> IpAddresses { get; } =
    [
        Name,
        Text("ParentRef", address => string.Join('/', new[] { Parent(address, "group"), Parent(address, "resource"), Parent(address, "namespace"), Parent(address, "name") }.Where(part => part.Length > 0))),
        Age,
    ];

    public static ImmutableArray<PrinterColumn> ServiceCidrs { get; } = [Name, Text("CIDRs", cidr => string.Join(',', cidr.Strings("spec", "cidrs"))), Age];

    private static string Parent(JsonObject address, string member) => address.Str("spec", "parentRef", member);

    private static string ServicePort(JsonNode? port)
    {
        var node = port.Int("nodePort") is { } number and > 0 ? $":{number}" : "";
        return $"{port.Any("port")}{node}/{Or(port.Str("protocol"), "TCP")}";
    }

    private static string ExternalIp(JsonObject service)
    {
        var external = service.Strings("spec", "externalIPs");
        switch (service.Str("spec", "type"))
        {
            case "LoadBalancer":
                return Or(string.Join(',', LoadBalancerAddresses(service).Concat(external)), "<pending>");
            case "ExternalName":
                return service.Str("spec", "externalName");
            default:
                return Or(string.Join(',', external), None);
        }
    }

    private static IEnumerable<string> LoadBalancerAddresses(JsonObject @object) =>
        @object.List("status", "loadBalancer", "ingress").Select(ingress => Or(ingress.Str("ip"), ingress.Str("hostname"))).Where(address => address.Length > 0);

    private static string LoadBalancer(JsonObject ingress) => string.Join(',', LoadBalancerAddresses(ingress));

    private static string Addresses(JsonObject endpoints)
    {
        var all = new List<string>();
        foreach (var subset in endpoints.List("subsets"))
        {
            var ports = subset.List("ports");
            var addresses = subset.List("addresses").Select(address => address.Str("ip")).ToArray();
            if (ports.Count == 0) all.AddRange(addresses);
            foreach (var port in ports) all.AddRange(addresses.Select(address => $"{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{port.Any("port")}"));
        }
        return Some(all, Shown, None);
    }

    private static string IngressParameters(JsonObject @class)
    {
        if (@class.At("spec", "parameters") is not { } parameters) return None;
        var group = parameters.Str("apiGroup") is { Length: > 0 } given ? $".{given}" : "";
        return $"{parameters.Str("kind")}{group}/{parameters.Str("name")}";
    }
}
