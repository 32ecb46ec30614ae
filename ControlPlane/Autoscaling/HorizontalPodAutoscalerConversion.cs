using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Autoscaling;

/// <summary>
/// autoscaling/v1 HorizontalPodAutoscalers are stored as autoscaling/v2. What v1 has no field for travels in the annotations Kubernetes uses
/// for it (their values are in v2's form), so that a client that reads and writes v1 loses nothing.
/// </summary>
internal sealed class HorizontalPodAutoscalerConversion : IVersionConversion
{
    private const string V2 = "autoscaling/v2";
    private const string Prefix = "autoscaling.alpha.kubernetes.io/";
    private const string Metrics = Prefix + "metrics";
    private const string Behavior = Prefix + "behavior";
    private const string CurrentMetrics = Prefix + "current-metrics";
    private const string Conditions = Prefix + "conditions";

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JsonObject>> Convert(IReadOnlyList<JsonObject> objects, string from, string to) =>
        new([.. objects.Select(autoscaler => to == V2 ? ToV2(autoscaler) : ToV1(autoscaler))]);

    /// <summary>A v1 autoscaler as v2, in place.</summary>
    private static JsonObject ToV2(JsonObject autoscaler)
    {
        autoscaler["apiVersion"] = V2;
        var spec = autoscaler.Child("spec");
        if (spec is not null)
        {
            var metrics = TakeAnnotation(autoscaler, Metrics) as JsonArray ?? [];
            SetCpu(metrics, "target", Take(spec, "targetCPUUtilizationPercentage"), value => new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = value });
            if (metrics.Count > 0) spec["metrics"] = metrics;
            if (TakeAnnotation(autoscaler, Behavior) is { } behavior) spec["behavior"] = behavior;
        }
        if (autoscaler.Child("status") is { } status)
        {
            var current = TakeAnnotation(autoscaler, CurrentMetrics) as JsonArray ?? [];
            SetCpu(current, "current", Take(status, "currentCPUUtilizationPercentage"), value => new JsonObject { ["averageUtilization"] = value });
            if (current.Count > 0) status["currentMetrics"] = current;
            if (TakeAnnotation(autoscaler, Conditions) is { } conditions) status["conditions"] = conditions;
        }
        return autoscaler;
    }

    /// <summary>A v2 autoscaler as v1, in place.</summary>
    private static JsonObject ToV1(JsonObject autoscaler)
    {
        autoscaler["apiVersion"] = "autoscaling/v1";
        if (autoscaler.Child("spec") is { } spec)
        {
            var metrics = Take(spec, "metrics") as JsonArray;
            if (Utilization(metrics, "target") is { } target) spec["targetCPUUtilizationPercentage"] = target.DeepClone();
            if (metrics is not null && !IsPlain(metrics, "target", members: 2)) PutAnnotation(autoscaler, Metrics, metrics);
            if (Take(spec, "behavior") is { } behavior) PutAnnotation(autoscaler, Behavior, behavior);
        }
        if (autoscaler.Child("status") is { } status)
        {
            var current = Take(status, "currentMetrics") as JsonArray;
            if (Utilization(current, "current") is { } value) status["currentCPUUtilizationPercentage"] = value.DeepClone();
            if (current is not null && !IsPlain(current, "current", members: 1)) PutAnnotation(autoscaler, CurrentMetrics, current);
            if (Take(status, "conditions") is { } conditions) PutAnnotation(autoscaler, Conditions, conditions);
        }
        return autoscaler;
    }

    /// <summary>Whether the one CPU field of v1 says all there is: then no annotation is needed.</summary>
    private static bool IsPlain(JsonArray metrics, string side, int members) =>
        metrics.Count == 1 && Utilization(metrics, side) is not null && metrics[0]!["resource"]![side] is JsonObject value && value.Count == members
        && metrics[0]!.AsObject().Count == 2 && metrics[0]!["resource"]!.AsObject().Count == 2;

    private static JsonValue? Utilization(JsonArray? metrics, string side) =>
        (metrics?.FirstOrDefault(metric => IsCpu(metric, side)) as JsonObject)?["resource"]?[side]?["averageUtilization"] as JsonValue;

    private static void SetCpu(JsonArray metrics, string side, JsonNode? value, Func<JsonNode, JsonObject> make)
    {
        var known = metrics.FirstOrDefault(metric => IsCpu(metric, side));
        if (value is null)
        {
            if (known is not null) metrics.Remove(known);
        }
        else if (known is not null)
        {
            known["resource"]![side]!["averageUtilization"] = value;
        }
        else
        {
            metrics.Add(new JsonObject { ["type"] = "Resource", ["resource"] = new JsonObject { ["name"] = "cpu", [side] = make(value) } });
        }
    }

    private static bool IsCpu(JsonNode? metric, string side) =>
        metric is JsonObject { } entry && entry.Text("type") == "Resource"
        && entry["resource"] is JsonObject resource && resource.Text("name") == "cpu"
        && resource[side] is JsonObject value && value["averageUtilization"] is JsonValue;

    private static JsonNode? Take(JsonObject from, string name) => from.Remove(name, out var value) ? value : null;

    /// <summary>Removes an annotation and reads its JSON; null if there is none or it is not JSON.</summary>
    private static JsonNode? TakeAnnotation(JsonObject @object, string name)
    {
        if (@object.Child("metadata") is not { } metadata || metadata.Child("annotations") is not { } annotations) return null;
        var text = Take(annotations, name).TextOf();
        if (annotations.Count == 0) metadata.Remove("annotations");
        if (text is null) return null;
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            // A user may write anything there; what is not a list of metrics says nothing.
            return null;
        }
    }

    private static void PutAnnotation(JsonObject @object, string name, JsonNode value)
    {
        @object.Metadata().DefaultChild("annotations")[name] = value.ToJsonString();
    }
}
