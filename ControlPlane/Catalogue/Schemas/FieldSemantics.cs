using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Catalogue.Schemas;

/// <summary>Reads the tables of merge semantics, by model or by name. Loaded at first use; thread-safe.</summary>
public static partial class FieldSemantics
{
    private const string Whole = ".";
    private static readonly Lazy<Dictionary<string, Dictionary<string, Dictionary<string, FieldSemantic>>>> Tables = new(Load);
    private static readonly ConcurrentDictionary<Type, (string? GroupVersion, string Name)> Names = new();

    /// <summary>The semantics of a field of a <c>KubernetesClient</c> model; <see cref="FieldSemantic.None"/> if nothing is declared.</summary>
    /// <param name="model">E.g. <c>typeof(V1PodSpec)</c>.</param>
    /// <param name="jsonField">The field's name in JSON, e.g. <c>containers</c>.</param>
    public static FieldSemantic For(Type model, string jsonField)
    {
        var (groupVersion, name) = Resolve(model);
        return groupVersion is null ? FieldSemantic.None : For(groupVersion, name, jsonField);
    }

    /// <summary>The semantics of a field by name, e.g. <c>("core/v1", "PodSpec", "containers")</c>.</summary>
    public static FieldSemantic For(string groupVersion, string type, string jsonField) =>
        Tables.Value.TryGetValue(groupVersion, out var types) && types.TryGetValue(type, out var fields) && fields.TryGetValue(jsonField, out var found)
            ? found
            : FieldSemantic.None;

    /// <summary>What is declared of a model as a whole (<see cref="FieldSemantic.StructType"/>).</summary>
    public static FieldSemantic OfStruct(Type model) => For(model, Whole);

    /// <summary>
    /// The table a model is in, e.g. <c>("core/v1", "Container")</c>; the group is null if no table names the type. The client's class names
    /// are unique by version and carry a group only where two groups share a name, so the name alone finds the table.
    /// </summary>
    public static (string? GroupVersion, string Name) Resolve(Type model) => Names.GetOrAdd(model, type =>
    {
        var match = ModelName().Match(type.Name);
        if (!match.Success) return (null, type.Name);
        var (group, version, name) = (match.Groups[1].Value.ToLowerInvariant(), match.Groups[2].Value.ToLowerInvariant(), match.Groups[3].Value);
        if (group.Length > 0) return ($"{group}/v{version}", name);
        var found = Tables.Value.Where(table => table.Key.EndsWith($"/v{version}", StringComparison.Ordinal) && table.Value.ContainsKey(name)).ToArray();
        return (found.Length == 1 ? found[0].Key : null, name);
    });

    private static Dictionary<string, Dictionary<string, Dictionary<string, FieldSemantic>>> Load()
    {
        var tables = new Dictionary<string, Dictionary<string, Dictionary<string, FieldSemantic>>>();
        foreach (var resource in new[] { "field-semantics.json", "meta-semantics.json" })
        {
            using var stream = typeof(FieldSemantics).Assembly.GetManifestResourceStream(resource)
                ?? throw new InvalidOperationException($"The assembly lacks its resource {resource}.");
            using var document = JsonDocument.Parse(stream);
            foreach (var group in document.RootElement.EnumerateObject())
            {
                tables[group.Name] = group.Value.EnumerateObject().ToDictionary(
                    type => type.Name, type => type.Value.EnumerateObject().ToDictionary(field => field.Name, field => Read(field.Value)));
            }
        }
        return tables;
    }

    private static FieldSemantic Read(JsonElement field) => new(
        Text(field, "listType"),
        field.TryGetProperty("listMapKeys", out var keys) ? [.. keys.EnumerateArray().Select(key => key.GetString()!)] : [],
        Text(field, "mapType"),
        Text(field, "structType"),
        Text(field, "patchStrategy"),
        Text(field, "patchMergeKey"),
        Text(field, "default"));

    private static string? Text(JsonElement field, string name) => field.TryGetProperty(name, out var value) ? value.GetString() : null;

    [GeneratedRegex("^([A-Z][a-z]*?)?[vV]([0-9]+(?:(?:alpha|beta)[0-9]+)?)([A-Z].*)$")]
    private static partial Regex ModelName();
}
