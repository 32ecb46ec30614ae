using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;

namespace ControlPlane.Workloads;

/// <summary>An entry of <c>status.conditions</c>. <paramref name="LastUpdate"/> is known to Deployments only.</summary>
/// <param name="Status"><c>True</c>, <c>False</c> or <c>Unknown</c>.</param>
public sealed record Condition(
    string Type, string Status, string Reason, string Message, DateTimeOffset? LastTransition = null, DateTimeOffset? LastUpdate = null)
{
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["type"] = Type, ["status"] = Status };
        if (LastUpdate is { } updated) json["lastUpdateTime"] = ObjectJson.Timestamp(updated);
        if (LastTransition is { } transition) json["lastTransitionTime"] = ObjectJson.Timestamp(transition);
        if (Reason.Length > 0) json["reason"] = Reason;
        if (Message.Length > 0) json["message"] = Message;
        return json;
    }
}

/// <summary>Conditions as a status lists them: one of each type.</summary>
public static class Conditions
{
    /// <summary>Reads the <c>conditions</c> of a status; entries without a type are passed over.</summary>
    public static ImmutableArray<Condition> Read(JsonElement status)
    {
        if (status.At("conditions") is not { ValueKind: JsonValueKind.Array } array) return [];
        return
        [
            .. array.EnumerateArray().Where(entry => entry.TextAt("type").Length > 0).Select(entry => new Condition(
                entry.TextAt("type"), entry.TextAt("status"), entry.TextAt("reason"), entry.TextAt("message"),
                entry.TimeAt("lastTransitionTime"), entry.TimeAt("lastUpdateTime"))),
        ];
    }

    public static Condition? Find(this ImmutableArray<Condition> conditions, string type) => conditions.FirstOrDefault(condition => condition.Type == type);

    public static ImmutableArray<Condition> Without(this ImmutableArray<Condition> conditions, string type) => conditions.RemoveAll(condition => condition.Type == type);

    /// <summary>
    /// Sets a condition: nothing changes if status and reason stay, and the transition time moves only with the status.
    /// </summary>
    public static ImmutableArray<Condition> With(this ImmutableArray<Condition> conditions, Condition set, DateTimeOffset now)
    {
        var current = conditions.Find(set.Type);
        if (current is not null && current.Status == set.Status && current.Reason == set.Reason) return conditions;
        var added = set with { LastTransition = current?.Status == set.Status ? current.LastTransition : now };
        return conditions.Without(set.Type).Add(added);
    }

    public static JsonArray ToJson(this ImmutableArray<Condition> conditions) => [.. conditions.Select(condition => (JsonNode)condition.ToJson())];
}
