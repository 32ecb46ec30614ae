using System.Text.Json.Nodes;

namespace Shared.Json;

/// <summary>
/// Reads trees: what a patch, a default or a printed row works on. A path names members one below the other; none means the node itself. What is
/// absent or of another type than the one asked for reads as nothing: nothing here throws. <see cref="ElementReading"/> has the same words for stored bytes.
/// </summary>
public static class TreeReading
{
    /// <summary>What stands at a path; null where there is nothing.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var member in path)
        {
            if (node is not JsonObject @object) return null;
            node = @object[member];
        }
        return node;
    }

    /// <summary>An object, or null.</summary>
    public static JsonObject? Child(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonObject;

    /// <summary>A list, or null.</summary>
    public static JsonArray? List(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonArray;

    /// <summary>The elements of a list; none where there is none.</summary>
    public static IList<JsonNode?> Items(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as IList<JsonNode?> ?? [];

    /// <summary>The objects of a list.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonNode? node, params ReadOnlySpan<string> path) => node.List(path)?.OfType<JsonObject>() ?? [];

    /// <summary>The texts of a list.</summary>
    public static IEnumerable<string> Texts(this JsonNode? node, params ReadOnlySpan<string> path) => node.List(path)?.Select(item => item.TextOf()).OfType<string>() ?? [];

    /// <summary>A text; empty where there is none.</summary>
    public static string Text(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path).TextOf() ?? "";

    /// <summary>The text a node is, or null: an empty text is not none here.</summary>
    public static string? TextOf(this JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A whole number, or null.</summary>
    public static long? Number(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is not JsonValue value ? null
        : value.TryGetValue<long>(out var number) ? number
        // A number that was set, not read, keeps the type it was set with.
        : value.TryGetValue<int>(out var small) ? small
        : null;

    /// <summary>A flag, or null.</summary>
    public static bool? Flag(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    /// <summary>A time, or null.</summary>
    public static DateTimeOffset? Time(this JsonNode? node, params ReadOnlySpan<string> path) => Rfc3339.Read(node.Text(path));

    /// <summary>A text, number or flag as a text; empty where there is none.</summary>
    public static string Any(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) switch
    {
        JsonValue value => value.TextOf() ?? value.ToJsonString(),
        _ => "",
    };

    /// <summary>A map of texts, as label sets are; empty where there is none.</summary>
    public static Dictionary<string, string> TextMap(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in node.Child(path) ?? []) map[key] = value.TextOf() ?? "";
        return map;
    }

    /// <summary>Whether there is something, and it is not null.</summary>
    public static bool Has(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) is not null;

    /// <summary>Whether there is a list that has elements.</summary>
    public static bool HasElements(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) is JsonArray { Count: > 0 };
}
