using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.Catalogue.Printing;

/// <summary>Reads a tree along a path; whatever is absent or of another type reads as nothing.</summary>
internal static class TreeReading
{
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var member in path)
        {
            if (node is not JsonObject @object) return null;
            node = @object[member];
        }
        return node;
    }

    /// <summary>A string; "" where there is none.</summary>
    public static string Str(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    /// <summary>An integer, or null.</summary>
    public static long? Int(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        if (node.At(path) is not JsonValue value) return null;
        if (value.TryGetValue(out long number)) return number;
        return value.TryGetValue(out int small) ? small : null;
    }

    public static bool? Flag(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    /// <summary>A string or a number as text; "" where there is neither.</summary>
    public static string Any(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) switch
    {
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonValue value => value.ToJsonString(),
        _ => "",
    };

    public static DateTimeOffset? Time(this JsonNode? node, params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(node.Str(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>The elements of an array; none where there is none.</summary>
    public static IList<JsonNode?> List(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as IList<JsonNode?> ?? [];

    /// <summary>The strings of an array.</summary>
    public static IEnumerable<string> Strings(this JsonNode? node, params ReadOnlySpan<string> path) => node.List(path).Select(item => item.Any());

    /// <summary>The number of members of an object.</summary>
    public static int Members(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) is JsonObject map ? map.Count : 0;

    public static bool IsDeleting(this JsonNode? node) => node.Str("metadata", "deletionTimestamp").Length > 0;

    /// <summary>The condition of a type in <c>status.conditions</c>; null if there is none.</summary>
    public static JsonNode? Condition(this JsonNode? node, string type)
    {
        foreach (var condition in node.List("status", "conditions"))
        {
            if (condition.Str("type") == type) return condition;
        }
        return null;
    }

    /// <summary>Whether the condition of a type is there and True.</summary>
    public static bool Holds(this JsonNode? node, string type) => node.Condition(type).Str("status") == "True";
}
