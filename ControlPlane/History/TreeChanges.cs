using System.Text.Json.Nodes;

namespace ControlPlane.History;

/// <summary>One field that differs between two versions of an object.</summary>
/// <param name="Field">Where: <c>spec.template.spec.containers[0].image</c>.</param>
/// <param name="Before">Null where there was nothing.</param>
/// <param name="After">Null where there is nothing any more.</param>
public readonly record struct TreeChange(string Field, JsonNode? Before, JsonNode? After);

/// <summary>What differs between two versions of an object. What every write changes by itself is left out.</summary>
public static class TreeChanges
{
    private static readonly string[] Always = ["metadata.resourceVersion", "metadata.generation"];

    /// <summary>The differences in the order of the newer version's fields, those first that are gone. What came or went with all its fields is one.</summary>
    public static IEnumerable<TreeChange> Between(JsonObject? before, JsonObject after) =>
        before is null ? [] : Differences("", before, after).Where(change => !Always.Contains(change.Field));

    private static IEnumerable<TreeChange> Differences(string field, JsonNode? before, JsonNode? after)
    {
        if (JsonNode.DeepEquals(before, after)) return [];
        return (before, after) switch
        {
            (JsonObject old, JsonObject now) => Members(field, old, now),
            (JsonArray old, JsonArray now) when old.Count == now.Count => Enumerable.Range(0, now.Count).SelectMany(index => Differences($"{field}[{index}]", old[index], now[index])),
            _ => [new(field, before, after)],
        };
    }

    private static IEnumerable<TreeChange> Members(string field, JsonObject before, JsonObject after)
    {
        foreach (var (name, gone) in before)
        {
            if (!after.ContainsKey(name)) yield return new(At(field, name), gone, null);
        }
        foreach (var (name, now) in after)
        {
            if (!before.ContainsKey(name)) yield return new(At(field, name), null, now);
            else foreach (var change in Differences(At(field, name), before[name], now)) yield return change;
        }
    }

    private static string At(string field, string name)
    {
        if (name.AsSpan().ContainsAny('.', '/', '[')) return $"{field}['{name}']";
        return field.Length == 0 ? name : $"{field}.{name}";
    }
}
