using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Telemetry.ComponentStatuses;

/// <summary>ComponentStatuses: the parts of the control plane and how they are. Answered, not kept.</summary>
internal static class ComponentStatusKind
{
    public static KindDefinition Definition { get; } = KindOf.Cluster<V1ComponentStatus>("cs") with
    {
        Verbs = ["get", "list"],
        Stored = false,
        Columns =
        [
            Name,
            Text("Status", component => Healthy(component).Text("status") switch { "True" => "Healthy", "False" => "Unhealthy", _ => "Unknown" }),
            Text("Message", component => Healthy(component).Text("message")),
            Text("Error", component => Healthy(component).Text("error")),
        ],
    };

    private static JsonNode? Healthy(JsonObject component) => component.Items("conditions").FirstOrDefault(condition => condition.Text("type") == "Healthy");
}
