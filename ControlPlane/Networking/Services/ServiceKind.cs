using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Networking.Services;

/// <summary>Services.</summary>
internal static class ServiceKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1Service>("svc") with
    {
        HasStatus = true,
        Categories = KindOf.All,
        Strategy = new ServiceStrategy(),
        SelectableFields = [SelectableField.At("spec.clusterIP"), SelectableField.At("spec.type")],
        Behaviour = new(provider =>
        {
            var options = provider.GetRequiredService<ServiceNetworkOptions>();
            return (key, services) => ServiceActor.Props(key, services, options);
        })
        {
            WakeRules = [new ServiceWakeRule()],
        },
        Columns =
        [
            Name,
            Field("Type", "ClusterIP", "spec", "type"),
            Text("Cluster-IP", service => Or(service.Strings("spec", "clusterIPs").FirstOrDefault() ?? service.Str("spec", "clusterIP"), None)),
            Text("External-IP", ExternalIp),
            Text("Port(s)", service => Or(string.Join(',', service.List("spec", "ports").Select(Port)), None)),
            Age,
            Wide(Text("Selector", service => Labels(service.At("spec", "selector")))),
        ],
    };

    private static string Port(JsonNode? port)
    {
        var node = port.Int("nodePort") is { } number and > 0 ? $":{number}" : "";
        return $"{port.Any("port")}{node}/{Or(port.Str("protocol"), "TCP")}";
    }

    private static string ExternalIp(JsonObject service)
    {
        var external = service.Strings("spec", "externalIPs");
        return service.Str("spec", "type") switch
        {
            "LoadBalancer" => Or(string.Join(',', LoadBalancerCells.Addresses(service).Concat(external)), "<pending>"),
            "ExternalName" => service.Str("spec", "externalName"),
            _ => Or(string.Join(',', external), None),
        };
    }
}
