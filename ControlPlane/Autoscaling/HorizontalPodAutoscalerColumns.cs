using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Autoscaling;

/// <summary>Autoscalers, in their stored version autoscaling/v2.</summary>
internal static class HorizontalPodAutoscalerColumns
{
    private const int Shown = 2;

    public static ImmutableArray<PrinterColumn> All { get; } =
    [
        Name,
        Text("Reference", scaler => $"{scaler.Text("spec", "scaleTargetRef", "kind")}/{scaler.Text("spec", "scaleTargetRef", "name")}"),
        Text("Targets", Targets),
        Text("MinPods", scaler => Or(scaler.Any("spec", "minReplicas"), Unset)),
        Count("MaxPods", "spec", "maxReplicas"),
        Count("Replicas", "status", "currentReplicas"),
        Age,
    ];

    private static string Targets(JsonObject scaler)
    {
        var metrics = scaler.Items("spec", "metrics");
        if (metrics.Count == 0) return None;
        var current = scaler.Items("status", "currentMetrics");
        var texts = metrics.Take(Shown).Select((metric, index) => Target(metric, index < current.Count ? current[index] : null));
        var more = metrics.Count > Shown ? $" + {metrics.Count - Shown} more..." : "";
        return string.Join(", ", texts) + more;
    }

    private static string Target(JsonNode? metric, JsonNode? current)
    {
        var source = metric.Text("type") switch
        {
            "Resource" => "resource",
            "ContainerResource" => "containerResource",
            "Pods" => "pods",
            "Object" => "object",
            "External" => "external",
            _ => "",
        };
        if (source.Length == 0) return "<unknown type>";
        var (target, now) = (metric.At(source, "target"), current.At(source, "current"));
        var text = target.Number("averageUtilization") is { } utilization
            ? $"{(now.Number("averageUtilization") is { } seen ? $"{seen}%" : "<unknown>")}/{utilization}%"
            : target.Text("averageValue") is { Length: > 0 } average
                ? $"{Or(now.Text("averageValue"), "<unknown>")}/{average}{(source is "object" or "external" ? " (avg)" : "")}"
                : $"{Or(now.Text("value"), "<unknown>")}/{target.Text("value")}";
        return source is "resource" or "containerResource" ? $"{metric.Text(source, "name")}: {text}" : text;
    }
}
