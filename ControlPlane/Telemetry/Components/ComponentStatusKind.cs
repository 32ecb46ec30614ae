using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Telemetry.Components;

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
            Text("Status", component => Healthy(component).Str("status") switch { "True" => "Healthy", "False" => "Unhealthy", _ => "Unknown" }),
            Text("Message", component => Healthy(component).Str("message")),
            Text("Error", component => Healthy(component).Str("error")),
        ],
    };

    private static JsonNode? Healthy(JsonObject component) => component.List("conditions").FirstOrDefault(condition => condition.Str("type") == "Healthy");
}
