using System.Globalization;
using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>How deep a tree is nested, the tree itself counted.</summary>
internal static class ObjectDepth
{
    /// <summary>More of a path tells nobody more.</summary>
    private const int ShownSegments = 6;

    /// <summary>The field where a tree becomes deeper than <see cref="ObjectLimits.MaxDepth"/>, or null if it does nowhere.</summary>
    public static string? Excess(JsonObject tree)
    {
        var path = new Stack<string>();
        return IsTooDeep(tree, 1, path) ? string.Concat(path.Take(ShownSegments)).TrimStart('.') + (path.Count > ShownSegments ? "…" : "") : null;
    }

    /// <summary>The depth of a value: 0 of a scalar.</summary>
    public static int Of(JsonNode? node) => node switch
    {
        JsonObject { Count: > 0 } @object => 1 + @object.Max(member => Of(member.Value)),
        JsonArray { Count: > 0 } array => 1 + array.Max(Of),
        JsonObject or JsonArray => 1,
        _ => 0,
    };

    /// <summary>The path is complete, its first segment on top, when the search has succeeded.</summary>
    private static bool IsTooDeep(JsonNode? node, int depth, Stack<string> path)
    {
        if (node is not (JsonObject or JsonArray)) return false;
        if (depth > ObjectLimits.MaxDepth) return true;
        if (node is JsonObject @object)
        {
            foreach (var (name, value) in @object)
            {
                if (Found(value, $".{name}")) return true;
            }
            return false;
        }
        var array = (JsonArray)node;
        for (var i = 0; i < array.Count; i++)
        {
            if (Found(array[i], string.Create(CultureInfo.InvariantCulture, $"[{i}]"))) return true;
        }
        return false;

        bool Found(JsonNode? below, string segment)
        {
            if (!IsTooDeep(below, depth + 1, path)) return false;
            path.Push(segment);
            return true;
        }
    }
}
