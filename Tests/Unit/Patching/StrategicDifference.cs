using System.Text.Json.Nodes;

namespace Tests.Unit.Patching;

/// <summary>The strategic merge patch a client makes of two versions of a pod.</summary>
internal static class StrategicDifference
{
    private static readonly Dictionary<string, string> Keys = new()
    {
        ["containers"] = "name",
        ["initContainers"] = "name",
        ["env"] = "name",
        ["ports"] = "containerPort",
        ["finalizers"] = "",
    };

    public static JsonObject Between(JsonObject from, JsonObject to)
    {
        var patch = new JsonObject();
        foreach (var (member, _) in from)
        {
            if (!to.ContainsKey(member)) patch[member] = null;
        }
        foreach (var (member, after) in to)
        {
            var before = from[member];
            if (JsonNode.DeepEquals(before, after)) continue;
            if (before is JsonObject old && after is JsonObject now) patch[member] = Between(old, now);
            else if (before is JsonArray olds && after is JsonArray nows && Keys.TryGetValue(member, out var key)) Lists(patch, member, olds, nows, key);
            else patch[member] = after?.DeepClone();
        }
        return patch;
    }

    private static void Lists(JsonObject patch, string member, JsonArray from, JsonArray to, string key)
    {
        var changes = new JsonArray();
        var gone = from.Where(item => !to.Any(other => Same(item, other, key))).ToArray();
        foreach (var item in to)
        {
            var before = from.FirstOrDefault(other => Same(item, other, key));
            if (before is null) changes.Add(item!.DeepClone());
            else if (!JsonNode.DeepEquals(before, item))
            {
                var change = Between(before.AsObject(), item!.AsObject());
                change[key] = item[key]!.DeepClone();
                changes.Add(change);
            }
        }
        if (key.Length == 0 && gone.Length > 0) patch[$"$deleteFromPrimitiveList/{member}"] = new JsonArray([.. gone.Select(item => item!.DeepClone())]);
        if (key.Length > 0)
        {
            foreach (var item in gone) changes.Add(new JsonObject { ["$patch"] = "delete", [key] = item![key]!.DeepClone() });
        }
        patch[$"$setElementOrder/{member}"] = new JsonArray([.. to.Select(item => key.Length == 0 ? item!.DeepClone() : new JsonObject { [key] = item![key]!.DeepClone() })]);
        if (changes.Count > 0) patch[member] = changes;
    }

    private static bool Same(JsonNode? left, JsonNode? right, string key) =>
        key.Length == 0 ? JsonNode.DeepEquals(left, right) : JsonNode.DeepEquals(left![key], right![key]);
}
