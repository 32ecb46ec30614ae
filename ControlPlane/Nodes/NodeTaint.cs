using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Objects;

namespace ControlPlane.Nodes;

/// <summary>A taint of a Node. <paramref name="TimeAdded"/> is when evictions are counted from.</summary>
public sealed record NodeTaint(string Key, string Value, string Effect, DateTimeOffset? TimeAdded)
{
    public const string NotReady = "node.kubernetes.io/not-ready";
    public const string Unreachable = "node.kubernetes.io/unreachable";
    public const string Unschedulable = "node.kubernetes.io/unschedulable";
    public const string OutOfService = "node.kubernetes.io/out-of-service";
    public const string NoSchedule = "NoSchedule";
    public const string NoExecute = "NoExecute";

    /// <summary>Whether two taints are the same one: key and effect, as Kubernetes identifies them.</summary>
    public bool Matches(NodeTaint other) => Key == other.Key && Effect == other.Effect;

    public static NodeTaint Read(JsonObject taint) => new(taint.Text("key"), taint.Text("value"), taint.Text("effect"), taint.Time("timeAdded"));

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["key"] = Key, ["effect"] = Effect };
        if (Value.Length > 0) json["value"] = Value;
        if (TimeAdded is { } added) json["timeAdded"] = ObjectJson.Timestamp(added);
        return json;
    }
}

/// <summary>A toleration of a pod, as Kubernetes' taint eviction reads it. <paramref name="Seconds"/> null: for ever.</summary>
public sealed record PodToleration(string Key, string Operator, string Value, string Effect, long? Seconds)
{
    /// <summary>Whether it tolerates this taint, for some time at least.</summary>
    public bool Tolerates(NodeTaint taint)
    {
        if (Effect.Length > 0 && Effect != taint.Effect) return false;
        if (Key.Length > 0 && Key != taint.Key) return false;
        return Operator == "Exists" || (Operator is "" or "Equal" && Key.Length > 0 && Value == taint.Value);
    }

    /// <summary>A pod's tolerations.</summary>
    public static IReadOnlyList<PodToleration> Of(StoredObject pod) =>
        pod.ToJsonObject()["spec"] is JsonObject spec && spec["tolerations"] is JsonArray tolerations
            ? [.. tolerations.OfType<JsonObject>().Select(item =>
                new PodToleration(item.Text("key"), item.Text("operator"), item.Text("value"), item.Text("effect"), item.Number("tolerationSeconds")))]
            : [];
}

internal static class NodeJson
{
    /// <summary>An RFC 3339 member, or null where it is absent or something else.</summary>
    public static DateTimeOffset? Time(this JsonObject @object, string member) =>
        DateTimeOffset.TryParse(@object.Text(member), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
