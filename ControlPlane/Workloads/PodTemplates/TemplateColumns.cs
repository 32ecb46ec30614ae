using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.PodTemplates;

/// <summary>What all that stamps out pods shows in wide output: the names, the images and the selector.</summary>
internal static class TemplateColumns
{
    public static readonly PrinterColumn Containers = Wide(Text("Containers", workload => Names(PodSpec(workload), "name")));
    public static readonly PrinterColumn Images = Wide(Text("Images", workload => Names(PodSpec(workload), "image")));
    public static readonly PrinterColumn Selecting = Wide(Text("Selector", workload => Selector(workload.At("spec", "selector"))));

    /// <summary>A member of each container of a pod's spec.</summary>
    public static string Names(JsonNode? spec, string member) => string.Join(',', spec.Items("containers").Select(container => container.Text(member)));

    private static JsonNode? PodSpec(JsonObject workload) =>
        workload.At("spec", "jobTemplate") is { } job ? job.At("spec", "template", "spec") : workload.At("spec", "template", "spec");
}
