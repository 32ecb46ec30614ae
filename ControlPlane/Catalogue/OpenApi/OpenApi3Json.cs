using System.Text.Json;
using ControlPlane.Catalogue.Documents;
using ControlPlane.Catalogue.Schemas;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>Writes OpenAPI v3 as JSON: one document for each group and version.</summary>
internal sealed class OpenApi3Json(ModelNames names)
{
    private const string Schemas = "#/components/schemas/";

    public void Write(Utf8JsonWriter writer, IEnumerable<ApiPath> paths, IEnumerable<ApiDefinition> definitions)
    {
        writer.WriteStartObject();
        writer.WriteString("openapi", "3.0.0");
        writer.WriteStartObject("info");
        writer.WriteString("title", "Kubernetes");
        writer.WriteString("version", ServerVersion.Release);
        writer.WriteEndObject();
        writer.WriteStartObject("paths");
        foreach (var path in paths) WritePath(writer, path);
        writer.WriteEndObject();
        writer.WriteStartObject("components");
        writer.WriteStartObject("schemas");
        foreach (var definition in definitions) WriteDefinition(writer, definition);
        WriteRaw(writer, ApiDefinitions.IntOrString, """{"format":"int-or-string","oneOf":[{"type":"integer"},{"type":"string"}]}""");
        WriteRaw(writer, ApiDefinitions.Quantity, """{"oneOf":[{"type":"string"},{"type":"number"}]}""");
        WriteRaw(writer, ApiDefinitions.Time, """{"type":"string","format":"date-time"}""");
        WriteRaw(writer, ApiDefinitions.Any, """{"type":"object","x-kubernetes-preserve-unknown-fields":true}""");
        WriteRaw(writer, ApiPaths.PatchBody, """{"type":"object"}""");
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WritePath(Utf8JsonWriter writer, ApiPath path)
    {
        writer.WriteStartObject(path.Path);
        foreach (var operation in path.Operations) WriteOperation(writer, operation);
        writer.WriteStartArray("parameters");
        foreach (var parameter in path.Parameters) WriteParameter(writer, parameter);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteOperation(Utf8JsonWriter writer, ApiOperation operation)
    {
        writer.WriteStartObject(operation.Method);
        writer.WriteString("operationId", operation.Id);
        writer.WriteStartArray("parameters");
        foreach (var parameter in operation.Query) WriteParameter(writer, parameter);
        writer.WriteEndArray();
        if (operation.Body is { } body)
        {
            writer.WriteStartObject("requestBody");
            WriteContent(writer, operation.IsPatch ? MediaTypes.Patches : MediaTypes.Anything, body);
            if (operation.Method != "delete") writer.WriteBoolean("required", true);
            writer.WriteEndObject();
        }
        writer.WriteStartObject("responses");
        writer.WriteStartObject(operation.Action == "post" ? "201" : "200");
        writer.WriteString("description", "OK");
        WriteContent(writer, operation.Response is null ? MediaTypes.Anything : MediaTypes.Objects, operation.Response);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteString("x-kubernetes-action", operation.Action);
        WriteRaw(writer, "x-kubernetes-group-version-kind", ApiDefinitions.Json(operation.Kind));
        writer.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter writer, IEnumerable<string> mediaTypes, string? definition)
    {
        writer.WriteStartObject("content");
        foreach (var mediaType in mediaTypes)
        {
            writer.WriteStartObject(mediaType);
            writer.WriteStartObject("schema");
            if (definition is not null) writer.WriteString("$ref", Schemas + definition);
            else writer.WriteString("type", "string");
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static void WriteParameter(Utf8JsonWriter writer, ApiParameter parameter)
    {
        writer.WriteStartObject();
        writer.WriteString("name", parameter.Name);
        writer.WriteString("in", parameter.In);
        if (parameter.Required) writer.WriteBoolean("required", true);
        writer.WriteStartObject("schema");
        writer.WriteString("type", parameter.Type);
        writer.WriteBoolean("uniqueItems", true);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteDefinition(Utf8JsonWriter writer, ApiDefinition definition)
    {
        writer.WriteStartObject(definition.Name);
        writer.WriteString("type", "object");
        var required = definition.Schema.Fields.Where(field => field.Required).ToArray();
        if (required.Length > 0)
        {
            writer.WriteStartArray("required");
            foreach (var field in required) writer.WriteStringValue(field.Name);
            writer.WriteEndArray();
        }
        writer.WriteStartObject("properties");
        foreach (var field in definition.Schema.Fields)
        {
            writer.WriteStartObject(field.Name);
            WriteSchema(writer, field.Schema);
            WriteExtensions(writer, field.Semantic, field.Schema.Type == SchemaType.Map);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        WriteExtensions(writer, FieldSemantics.OfStruct(definition.Schema.Model!), isMap: false);
        if (definition.Kind is { } kind) WriteRaw(writer, "x-kubernetes-group-version-kind", $"[{ApiDefinitions.Json(kind)}]");
        writer.WriteEndObject();
    }

    /// <summary>A reference stands in an <c>allOf</c>, where it may have extensions beside it.</summary>
    private void WriteSchema(Utf8JsonWriter writer, ModelSchema schema)
    {
        if (ApiDefinitions.Reference(schema, names) is { } reference)
        {
            writer.WriteStartArray("allOf");
            writer.WriteStartObject();
            writer.WriteString("$ref", Schemas + reference);
            writer.WriteEndObject();
            writer.WriteEndArray();
            return;
        }
        if (schema.Items is { } items)
        {
            var array = schema.Type == SchemaType.Array;
            writer.WriteString("type", array ? "array" : "object");
            writer.WriteStartObject(array ? "items" : "additionalProperties");
            WriteSchema(writer, items);
            writer.WriteEndObject();
            return;
        }
        var (type, format) = ApiDefinitions.Scalar(schema.Type);
        writer.WriteString("type", type);
        if (format.Length > 0) writer.WriteString("format", format);
    }

    private static void WriteExtensions(Utf8JsonWriter writer, FieldSemantic semantic, bool isMap)
    {
        foreach (var (name, json) in ApiDefinitions.Extensions(semantic, isMap)) WriteRaw(writer, name, json);
    }

    private static void WriteRaw(Utf8JsonWriter writer, string name, string json)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(json, skipInputValidation: true);
    }
}
