using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using Shared.Json;

namespace ControlPlane.Catalogue.Schemas;

/// <summary>Reads what a structural schema asks of values beyond their type, and the logical junctions, which may say nothing else.</summary>
internal sealed class ConstraintReader(FieldErrors errors)
{
    private const int MaxDepth = 64;
    private static readonly SchemaConstraints Nothing = new();

    /// <summary>The constraints of a schema's own values; null if it has none.</summary>
    public SchemaConstraints? Read(JsonObject node, string path) => Read(node, node, path, 0);

    private SchemaConstraints? Read(JsonObject node, JsonObject structural, string path, int depth)
    {
        var list = node.Text("x-kubernetes-list-type");
        var made = new SchemaConstraints
        {
            Required = [.. node.Texts("required")],
            Enum = [.. (node.List("enum") ?? []).Select(value => value?.ToJsonString() ?? "null")],
            Minimum = Number(node, "minimum"),
            ExclusiveMinimum = node.Flag("exclusiveMinimum") == true,
            Maximum = Number(node, "maximum"),
            ExclusiveMaximum = node.Flag("exclusiveMaximum") == true,
            MultipleOf = Number(node, "multipleOf"),
            MinLength = node.Number("minLength"),
            MaxLength = node.Number("maxLength"),
            Pattern = Pattern(node, path),
            MinItems = node.Number("minItems"),
            MaxItems = node.Number("maxItems"),
            MinProperties = node.Number("minProperties"),
            MaxProperties = node.Number("maxProperties"),
            UniqueItems = list is "set" or "map",
            AllOf = Junction(node, structural, "allOf", path, depth),
            AnyOf = Junction(node, structural, "anyOf", path, depth),
            OneOf = Junction(node, structural, "oneOf", path, depth),
            Not = node.Child("not") is { } not ? Part(not, structural, $"{path}.not", depth + 1) : null,
        };
        return made == Nothing && !SchemaFormats.IsChecked(node.Text("format")) ? null : made;
    }

    private ImmutableArray<Schema> Junction(JsonObject node, JsonObject structural, string keyword, string path, int depth)
    {
        var parts = ImmutableArray.CreateBuilder<Schema>();
        var index = 0;
        foreach (var part in node.Objects(keyword)) parts.Add(Part(part, structural, $"{path}.{keyword}[{index++}]", depth + 1));
        return parts.DrainToImmutable();
    }

    /// <summary>A part constrains what the schema around it has declared.</summary>
    private Schema Part(JsonObject node, JsonObject structural, string path, int depth)
    {
        if (depth > MaxDepth)
        {
            errors.Forbidden(path, $"schemas may not be nested more than {MaxDepth} deep");
            return new(SchemaType.Any);
        }
        var intOrString = structural.Flag("x-kubernetes-int-or-string") == true;
        foreach (var keyword in (ReadOnlySpan<string>)["type", "description", "default", "nullable", "additionalProperties", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"])
        {
            if (node.Has(keyword) && !(keyword == "type" && intOrString)) errors.Forbidden($"{path}.{keyword}", "must be empty to be structural");
        }
        var fields = ImmutableArray.CreateBuilder<SchemaField>();
        foreach (var (name, value) in node.Child("properties") ?? [])
        {
            if (value is not JsonObject property) continue;
            var declared = structural.Child("properties").Child(name) ?? structural.Child("additionalProperties");
            if (declared is null && structural.Flag("x-kubernetes-preserve-unknown-fields") != true) errors.Required($"properties[{name}]", $"because it is defined in {path}.properties[{name}]");
            fields.Add(new(name, Part(property, declared ?? [], $"{path}.properties[{name}]", depth + 1), false, FieldSemantic.None));
        }
        var items = node.Child("items") is { } item ? Part(item, structural.Child("items") ?? [], $"{path}.items", depth + 1) : null;
        var type = (fields.Count > 0, items is not null, intOrString ? node.Text("type") : "") switch
        {
            (true, _, _) => SchemaType.Object,
            (_, true, _) => SchemaType.Array,
            (_, _, "integer") => SchemaType.Int64,
            (_, _, "string") => SchemaType.String,
            _ => SchemaType.Any,
        };
        var known = fields.DrainToImmutable();
        return new(type, items, () => known) { Constraints = Read(node, structural, path, depth), Format = node.Text("format") };
    }

    private Regex? Pattern(JsonObject node, string path)
    {
        if (node.Text("pattern") is not { Length: > 0 } pattern) return null;
        try
        {
            return new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);
        }
        catch (Exception bad) when (bad is ArgumentException or NotSupportedException)
        {
            errors.Invalid($"{path}.pattern", pattern, $"must be a valid regular expression, but isn't: {bad.Message}");
            return null;
        }
    }

    private static double? Number(JsonObject node, string name) => node[name] is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.Number
        ? double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)
        : null;
}
