using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Catalogue.Printing;

/// <summary>The words columns are defined in.</summary>
internal static class Column
{
    public const string None = "<none>";
    public const string Unset = "<unset>";

    public static readonly PrinterColumn Name = new("Name", "string", row => row.Object.Text("metadata", "name"), Format: "name", Description: "The object's name, unique in its namespace.");

    public static readonly PrinterColumn Age = new("Age", "string", row => Since(row, "metadata", "creationTimestamp"), Description: "The time since the object was created.");

    public static readonly PrinterColumn CreatedAt =
        new("Created At", "date", row => row.Object.Text("metadata", "creationTimestamp"), Description: "When the object was created.");

    public static ImmutableArray<PrinterColumn> Default { get; } = [Name, Age];

    /// <summary>A column of text.</summary>
    public static PrinterColumn Text(string name, Func<JsonObject, string> cell) => new(name, "string", row => cell(row.Object));

    /// <summary>A column of text at a path; <paramref name="absent"/> where there is none.</summary>
    public static PrinterColumn Field(string name, string absent, params string[] path) => new(name, "string", row => Or(row.Object.Any(path), absent));

    /// <summary>A column of whole numbers at a path; 0 where there is none.</summary>
    public static PrinterColumn Count(string name, params string[] path) => new(name, "integer", row => row.Object.Number(path) ?? 0);

    public static PrinterColumn Number(string name, Func<JsonObject, long> cell) => new(name, "integer", row => cell(row.Object));

    /// <summary>
    /// A column that a definition describes: what a path leads to, as a value of the column's type. A date is shown as the time since; what is
    /// not of the type, and what is not there, is left empty.
    /// </summary>
    public static PrinterColumn At(string name, string type, JsonPath path, int priority = 0, string format = "", string description = "") =>
        new(name, type, row => Cell(path.Read(row.Object).ToArray(), type, row.Now), priority, format, description);

    /// <summary>A column of the time since the time at a path.</summary>
    public static PrinterColumn Elapsed(string name, string absent, params string[] path) =>
        new(name, "string", row => row.Object.Time(path) is { } then ? HumanDuration.Since(then, row.Now) : absent);

    /// <summary>The column only where wide output is asked for.</summary>
    public static PrinterColumn Wide(PrinterColumn column) => column with { Priority = 1 };

    private static object? Cell(JsonNode[] found, string type, DateTimeOffset now) => (type, found) switch
    {
        (_, []) => null,
        ("string", [JsonValue value]) => value.Any(),
        ("string", _) => string.Join(',', found.Select(node => node is JsonValue value ? value.Any() : node.ToJsonString())),
        ("integer", [var node, ..]) => node.Number(),
        ("number", [JsonValue value, ..]) when value.GetValueKind() == System.Text.Json.JsonValueKind.Number => value,
        ("boolean", [var node, ..]) => node.Flag(),
        ("date", [var node, ..]) => node.Time() is { } then ? HumanDuration.Since(then, now) : null,
        _ => null,
    };

    public static string Or(string text, string otherwise) => text.Length == 0 ? otherwise : text;

    public static string Since(PrinterRow row, params ReadOnlySpan<string> path) => HumanDuration.Since(row.Object.Time(path), row.Now);

    /// <summary>Some of a list, joined by commas, and how many more there are.</summary>
    public static string Some(IEnumerable<string> texts, int shown, string none)
    {
        var all = texts.ToArray();
        if (all.Length == 0) return none;
        return all.Length <= shown ? string.Join(',', all) : $"{string.Join(',', all[..shown])} + {all.Length - shown} more...";
    }

    /// <summary><c>k=v,k2=v2</c> in key order.</summary>
    public static string Labels(JsonNode? labels) => labels is not JsonObject { Count: > 0 } map
        ? None
        : string.Join(',', map.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value.Any()}"));

    /// <summary>A LabelSelector as text: <c>app=web,tier in (a,b)</c>.</summary>
    public static string Selector(JsonNode? selector)
    {
        var parts = new List<(string Key, string Text)>();
        if (selector.At("matchLabels") is JsonObject labels) parts.AddRange(labels.Select(label => (label.Key, $"{label.Key}={label.Value.Any()}")));
        foreach (var requirement in selector.Items("matchExpressions"))
        {
            var key = requirement.Text("key");
            var values = $"({string.Join(',', requirement.Texts("values").Order(StringComparer.Ordinal))})";
            parts.Add((key, requirement.Text("operator") switch
            {
                "In" => $"{key} in {values}",
                "NotIn" => $"{key} notin {values}",
                "Exists" => key,
                _ => $"!{key}",
            }));
        }
        return parts.Count == 0 ? None : string.Join(',', parts.OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => part.Text));
    }
}
