using System.Text.Json;
using ControlPlane.Catalogue.Documents;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>Writes schemas: named ones by reference, all others where they stand.</summary>
internal sealed class SchemaWriter(DefinitionNames names, ApiDialect dialect)
{
    /// <summary>Writes a named schema in full.</summary>
    public void WriteDefinition(Utf8JsonWriter writer, Schema schema)
    {
        writer.WriteStartObject();
        switch (schema.Type)
        {
            case SchemaType.IntOrString when dialect.IsV3:
                writer.WriteString("format", "int-or-string");
                WriteOneOf(writer, "integer", "string");
                break;
            case SchemaType.IntOrString:
                writer.WriteString("type", "string");
                writer.WriteString("format", "int-or-string");
                break;
            case SchemaType.Quantity when dialect.IsV3:
                WriteOneOf(writer, "string", "number");
                break;
            case SchemaType.Any:
                writer.WriteString("type", "object");
                if (dialect.IsV3) writer.WriteBoolean("x-kubernetes-preserve-unknown-fields", true);
                break;
            default:
                WriteBody(writer, schema);
                WriteSemantic(writer, schema.Semantic, isMap: false);
                break;
        }
        if (schema.Identity?.Kind is { } kind)
        {
            writer.WriteStartArray("x-kubernetes-group-version-kind");
            WriteKind(writer, kind);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    public static void WriteKind(Utf8JsonWriter writer, GroupVersionKind kind)
    {
        writer.WriteStartObject();
        writer.WriteString("group", kind.Group);
        writer.WriteString("kind", kind.Kind);
        writer.WriteString("version", kind.Version);
        writer.WriteEndObject();
    }

    /// <summary>A reference of v3 stands in an <c>allOf</c>, where it may have extensions beside it.</summary>
    private void WriteUse(Utf8JsonWriter writer, Schema schema)
    {
        if (schema.Identity is null)
        {
            WriteBody(writer, schema);
            return;
        }
        if (dialect.IsV3)
        {
            writer.WriteStartArray("allOf");
            writer.WriteStartObject();
        }
        writer.WriteString("$ref", dialect.References + names[schema]);
        if (!dialect.IsV3) return;
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private void WriteBody(Utf8JsonWriter writer, Schema schema)
    {
        var (type, format) = TypeOf(schema);
        if (type.Length > 0) writer.WriteString("type", type);
        if (format.Length > 0) writer.WriteString("format", format);
        if (schema.Description.Length > 0) writer.WriteString("description", schema.Description);
        if (schema.Items is { } items)
        {
            writer.WriteStartObject(schema.Type == SchemaType.Array ? "items" : "additionalProperties");
            WriteUse(writer, items);
            if (items.Identity is null) WriteSemantic(writer, items.Semantic, items.Type == SchemaType.Map);
            writer.WriteEndObject();
        }
        if (schema.Type == SchemaType.Object) WriteFields(writer, schema);
        if (schema.Constraints is { } constraints) WriteConstraints(writer, constraints);
        if (schema.Nullable && dialect.IsV3) writer.WriteBoolean("nullable", true);
        if (schema.IsEmbeddedResource) writer.WriteBoolean("x-kubernetes-embedded-resource", true);
        if (schema.Type == SchemaType.IntOrString) writer.WriteBoolean("x-kubernetes-int-or-string", true);
        if (schema.PreservesUnknown) writer.WriteBoolean("x-kubernetes-preserve-unknown-fields", true);
    }

    private void WriteFields(Utf8JsonWriter writer, Schema schema)
    {
        var required = schema.Fields.Where(field => field.Required).Select(field => field.Name).ToArray();
        if (required.Length > 0) writer.WriteTexts("required", required);
        writer.WriteStartObject("properties");
        foreach (var field in schema.Fields)
        {
            writer.WriteStartObject(field.Name);
            WriteUse(writer, field.Schema);
            if (field.Description?.Invoke() is { Length: > 0 } description) writer.WriteString("description", description);
            if (field.Default is { } value) WriteRaw(writer, "default", value);
            WriteSemantic(writer, field.Semantic, field.Schema.Type == SchemaType.Map);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private void WriteConstraints(Utf8JsonWriter writer, SchemaConstraints constraints)
    {
        if (!constraints.Enum.IsEmpty) WriteRaw(writer, "enum", $"[{string.Join(',', constraints.Enum)}]");
        WriteNumber("minimum", constraints.Minimum);
        if (constraints.ExclusiveMinimum) writer.WriteBoolean("exclusiveMinimum", true);
        WriteNumber("maximum", constraints.Maximum);
        if (constraints.ExclusiveMaximum) writer.WriteBoolean("exclusiveMaximum", true);
        WriteNumber("multipleOf", constraints.MultipleOf);
        WriteNumber("minLength", constraints.MinLength);
        WriteNumber("maxLength", constraints.MaxLength);
        if (constraints.Pattern is { } pattern) writer.WriteString("pattern", pattern.ToString());
        WriteNumber("minItems", constraints.MinItems);
        WriteNumber("maxItems", constraints.MaxItems);
        WriteNumber("minProperties", constraints.MinProperties);
        WriteNumber("maxProperties", constraints.MaxProperties);
        if (!dialect.IsV3) return;
        foreach (var (name, parts) in new[] { ("allOf", constraints.AllOf), ("anyOf", constraints.AnyOf), ("oneOf", constraints.OneOf) })
        {
            if (parts.IsEmpty) continue;
            writer.WriteStartArray(name);
            foreach (var part in parts) WritePart(writer, part);
            writer.WriteEndArray();
        }
        if (constraints.Not is not { } not) return;
        writer.WritePropertyName("not");
        WritePart(writer, not);

        void WriteNumber(string name, double? number)
        {
            if (number is { } value) writer.WriteNumber(name, value);
        }
    }

    /// <summary>A part of a junction says only what it asks.</summary>
    private void WritePart(Utf8JsonWriter writer, Schema part)
    {
        writer.WriteStartObject();
        if (part.Type is SchemaType.Int64 or SchemaType.String) writer.WriteString("type", TypeOf(part).Type);
        if (part.Constraints is { Required: { IsEmpty: false } required }) writer.WriteTexts("required", required);
        if (!part.Fields.IsEmpty)
        {
            writer.WriteStartObject("properties");
            foreach (var field in part.Fields)
            {
                writer.WritePropertyName(field.Name);
                WritePart(writer, field.Schema);
            }
            writer.WriteEndObject();
        }
        if (part.Items is { } items)
        {
            writer.WritePropertyName("items");
            WritePart(writer, items);
        }
        if (part.Constraints is { } constraints) WriteConstraints(writer, constraints);
        writer.WriteEndObject();
    }

    private static (string Type, string Format) TypeOf(Schema schema) => schema.Type switch
    {
        SchemaType.Object or SchemaType.Map => ("object", ""),
        SchemaType.Array => ("array", ""),
        SchemaType.Boolean => ("boolean", ""),
        SchemaType.Int32 => ("integer", "int32"),
        SchemaType.Int64 => ("integer", "int64"),
        SchemaType.Number => ("number", schema.Format.Length > 0 ? schema.Format : "double"),
        SchemaType.Bytes => ("string", "byte"),
        SchemaType.DateTime => ("string", "date-time"),
        SchemaType.IntOrString or SchemaType.Any => ("", ""),
        _ => ("string", schema.Format),
    };

    private static void WriteOneOf(Utf8JsonWriter writer, params ReadOnlySpan<string> types)
    {
        writer.WriteStartArray("oneOf");
        foreach (var type in types)
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteSemantic(Utf8JsonWriter writer, FieldSemantic semantic, bool isMap)
    {
        if (!semantic.ListMapKeys.IsDefaultOrEmpty) writer.WriteTexts("x-kubernetes-list-map-keys", semantic.ListMapKeys);
        if (semantic.ListType is { } list) writer.WriteString("x-kubernetes-list-type", list);
        if ((isMap ? semantic.MapType : semantic.StructType ?? semantic.MapType) is { } map) writer.WriteString("x-kubernetes-map-type", map);
        if (semantic.PatchMergeKey is { } key) writer.WriteString("x-kubernetes-patch-merge-key", key);
        if (semantic.PatchStrategy is { } strategy) writer.WriteString("x-kubernetes-patch-strategy", strategy);
    }

    private static void WriteRaw(Utf8JsonWriter writer, string name, string json)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(json, skipInputValidation: true);
    }
}
