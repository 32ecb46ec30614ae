using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Json;
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
        Behaviour = EntityBehaviour.With(provider =>
        {
            var options = provider.GetRequiredService<ServiceNetworkOptions>();
            return (key, services) => ServiceActor.Props(key, services, options);
        }) with
        {
            WakeRules = [new ServiceWakeRule()],
        },
        Columns =
        [
            Name,
            Field("Type", "ClusterIP", "spec", "type"),
            Text("Cluster-IP", service => Or(service.Texts("spec", "clusterIPs").FirstOrDefault() ?? service.Text("spec", "clusterIP"), None)),
            Text("External-IP", ExternalIp),
            Text("Port(s)", service => Or(string.Join(',', service.Items("spec", "ports").Select(Port)), None)),
            Age,
            Wide(Text("Selector", service => Labels(service.At("spec", "selector")))),
        ],
    };

    private static string Port(JsonNode? port)
    {
        var node = port.Number("nodePort") is { } number and > 0 ? $":{number}" : "";
        return $"{port.Any("port")}{node}/{Or(port.Text("protocol"), "TCP")}";
    }

    private static string ExternalIp(JsonObject service)
    {
        var external = service.Texts("spec", "externalIPs");
        return service.Text("spec", "type") switch
        {
            "LoadBalancer" => Or(string.Join(',', LoadBalancerCells.Addresses(service).Concat(external)), "<pending>"),
            "ExternalName" => service.Text("spec", "externalName"),
            _ => Or(string.Join(',', external), None),
        };
    }
}
