using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Nodes.Taints;

/// <summary>What a taint does to pods that do not tolerate it.</summary>
public enum TaintEffect { NoSchedule, PreferNoSchedule, NoExecute }

/// <summary>A taint of a node. <paramref name="TimeAdded"/> is when evictions are counted from; null where that is of no account.</summary>
public sealed record Taint(string Key, string Value, TaintEffect Effect, DateTimeOffset? TimeAdded = null)
{
    public const string NotReady = "node.kubernetes.io/not-ready";
    public const string Unreachable = "node.kubernetes.io/unreachable";
    public const string OutOfService = "node.kubernetes.io/out-of-service";

    /// <summary>The taint of a cordoned node. A pod that tolerates it may be placed there.</summary>
    public static Taint Unschedulable { get; } = new("node.kubernetes.io/unschedulable", "", TaintEffect.NoSchedule);

    /// <summary>Why a node with this taint is not used, made once per taint: it is counted for every node and pod.</summary>
    public string Reason { get; } = $"node(s) had untolerated taint {{{Key}: {Value}}}";

    /// <summary>Whether it keeps pods off the node, instead of only making the node less liked.</summary>
    public bool IsHard => Effect != TaintEffect.PreferNoSchedule;

    /// <summary>Whether two taints are the same one: key and effect, as Kubernetes identifies them.</summary>
    public bool Matches(Taint other) => Key == other.Key && Effect == other.Effect;

    /// <summary>Reads an item of a Node's <c>spec.taints</c>; null where its effect is none.</summary>
    public static Taint? Read(JsonObject taint) =>
        Enum.TryParse<TaintEffect>(taint.Text("effect"), out var effect) ? new(taint.Text("key"), taint.Text("value"), effect, taint.Time("timeAdded")) : null;

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["key"] = Key, ["effect"] = Effect.ToString() };
        if (Value.Length > 0) json["value"] = Value;
        if (TimeAdded is { } added) json["timeAdded"] = Rfc3339.Write(added);
        return json;
    }
}
