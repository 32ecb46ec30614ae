using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using static ControlPlane.Catalogue.Columns.Column;

namespace ControlPlane.Catalogue.Columns;

/// <summary>Pods and pod templates.</summary>
internal static class PodColumns
{
    /// <summary>The names, images and selector of what stamps out pods: shown wide.</summary>
    public static readonly PrinterColumn Containers = Wide(Text("Containers", workload => Names(PodSpec(workload), "name")));
    public static readonly PrinterColumn Images = Wide(Text("Images", workload => Names(PodSpec(workload), "image")));
    public static readonly PrinterColumn Selecting = Wide(Text("Selector", workload => Selector(workload.At("spec", "selector"))));

    public static ImmutableArray<PrinterColumn> Pods { get; } =
    [
        Name,
        Text("Ready", pod => PodStatusText.Of(pod) is var status ? $"{status.Ready}/{status.Total}" : ""),
        Text("Status", pod => PodStatusText.Of(pod).Reason),
        new("Restarts", "string", row => PodStatusText.Of(row.Object).RestartText(row.Now)),
        Age,
        Wide(Field("IP", None, "status", "podIP")),
        Wide(Field("Node", None, "spec", "nodeName")),
        Wide(Field("Nominated Node", None, "status", "nominatedNodeName")),
        Wide(Text("Readiness Gates", ReadinessGates)),
    ];

    public static ImmutableArray<PrinterColumn> PodTemplates { get; } =
    [
        Name,
        Text("Containers", template => Names(template.At("template", "spec"), "name")),
        Text("Images", template => Names(template.At("template", "spec"), "image")),
        Text("Pod Labels", template => Labels(template.At("template", "metadata", "labels"))),
    ];

    private static JsonNode? PodSpec(JsonObject workload) =>
        workload.At("spec", "jobTemplate") is { } job ? job.At("spec", "template", "spec") : workload.At("spec", "template", "spec");

    private static string Names(JsonNode? spec, string member) => string.Join(',', spec.List("containers").Select(container => container.Str(member)));

    private static string ReadinessGates(JsonObject pod)
    {
        var gates = pod.List("spec", "readinessGates");
        return gates.Count == 0 ? None : $"{gates.Count(gate => pod.Holds(gate.Str("conditionType")))}/{gates.Count}";
    }
}
