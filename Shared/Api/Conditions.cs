using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shared.Json;

namespace Shared.Api;

/// <summary>
/// Conditions as a status lists them, one of each type: the one place where they are read and written. What is set takes the place of its type's
/// entry and leaves all others as they are; the transition time moves only with the status.
/// </summary>
public static class Conditions
{
    /// <summary>Reads the <c>conditions</c> of a status; entries without a type are passed over.</summary>
    public static ImmutableArray<Condition> Read(JsonElement status)
    {
        var read = ImmutableArray.CreateBuilder<Condition>();
        foreach (var entry in status.Objects("conditions"))
        {
            if (entry.Text("type") is not { Length: > 0 } type) continue;
            read.Add(new(
                type, entry.Text("status"), entry.Text("reason"), entry.Text("message"),
                entry.Time("lastTransitionTime"), entry.Time("lastUpdateTime"), entry.Time("lastHeartbeatTime")));
        }
        return read.DrainToImmutable();
    }

    /// <inheritdoc cref="Read(JsonElement)"/>
    public static ImmutableArray<Condition> Read(JsonNode? status) => [.. status.Objects("conditions").Where(entry => entry.Text("type").Length > 0).Select(Read)];

    /// <summary>The condition of a type in a status; null if there is none.</summary>
    public static Condition? Find(JsonNode? status, string type) => Entry(status.List("conditions"), type) is { } entry ? Read(entry) : null;

    /// <summary>Whether the condition of a type is there and True.</summary>
    public static bool Holds(JsonNode? status, string type) => Entry(status.List("conditions"), type).Text("status") == "True";

    /// <summary>The condition of a type; null if there is none.</summary>
    public static Condition? Find(this ImmutableArray<Condition> conditions, string type) => conditions.FirstOrDefault(condition => condition.Type == type);

    /// <summary>All but the one of a type.</summary>
    public static ImmutableArray<Condition> Without(this ImmutableArray<Condition> conditions, string type) => conditions.RemoveAll(condition => condition.Type == type);

    /// <summary>Sets a condition.</summary>
    public static ImmutableArray<Condition> With(this ImmutableArray<Condition> conditions, Condition set, DateTimeOffset now)
    {
        var before = conditions.Find(set.Type);
        var made = set.Since(before, now);
        return before is null ? conditions.Add(made) : conditions.Replace(before, made);
    }

    /// <summary>Sets a condition that says something else than the one there is: another status or reason. Words alone change nothing.</summary>
    public static ImmutableArray<Condition> WithNews(this ImmutableArray<Condition> conditions, Condition set, DateTimeOffset now) =>
        conditions.Find(set.Type) is { } there && there.Status == set.Status && there.Reason == set.Reason ? conditions : conditions.With(set, now);

    /// <summary>The list a status has.</summary>
    public static JsonArray ToJson(this IEnumerable<Condition> conditions)
    {
        var list = new JsonArray();
        foreach (var condition in conditions)
        {
            var entry = new JsonObject();
            condition.WriteTo(entry);
            list.Add((JsonNode)entry);
        }
        return list;
    }

    /// <summary>Sets a condition in a status that others write to as well.</summary>
    public static void Set(JsonObject status, Condition set, DateTimeOffset now)
    {
        var list = status.DefaultList("conditions");
        var there = Entry(list, set.Type);
        var entry = there ?? [];
        set.Since(there is null ? null : Read(there), now).WriteTo(entry);
        if (there is null) list.Add((JsonNode)entry);
    }

    /// <summary>Puts an entry that somebody else answers for in its place as it is, times and all.</summary>
    public static void Put(JsonObject status, JsonObject entry)
    {
        var list = status.DefaultList("conditions");
        if (Entry(list, entry.Text("type")) is { } old) list[list.IndexOf(old)] = entry.DeepClone();
        else list.Add(entry.DeepClone());
    }

    /// <summary>Takes a condition away, and an empty list with it.</summary>
    public static void Remove(JsonObject status, string type)
    {
        if (status.List("conditions") is not { } list) return;
        if (Entry(list, type) is { } entry) list.Remove(entry);
        if (list.Count == 0) status.Remove("conditions");
    }

    private static JsonObject? Entry(JsonArray? list, string type) => list?.OfType<JsonObject>().FirstOrDefault(entry => entry.Text("type") == type);

    private static Condition Read(JsonObject entry) => new(
        entry.Text("type"), entry.Text("status"), entry.Text("reason"), entry.Text("message"),
        entry.Time("lastTransitionTime"), entry.Time("lastUpdateTime"), entry.Time("lastHeartbeatTime"));
}
