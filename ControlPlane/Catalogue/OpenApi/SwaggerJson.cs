using System.Text.Json;
using ControlPlane.Catalogue.Documents;
using ControlPlane.Catalogue.Schemas;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>Writes OpenAPI v2 as JSON.</summary>
internal sealed class SwaggerJson(ModelNames names)
{
    public void Write(Utf8JsonWriter writer, IEnumerable<ApiPath> paths, IEnumerable<ApiDefinition> definitions)
    {
        writer.WriteStartObject();
        writer.WriteString("swagger", "2.0");
        writer.WriteStartObject("info");
        writer.WriteString("title", "Kubernetes");
        writer.WriteString("version", ServerVersion.Release);
        writer.WriteEndObject();
        writer.WriteStartObject("paths");
        foreach (var path in paths) WritePath(writer, path);
        writer.WriteEndObject();
        writer.WriteStartObject("definitions");
        foreach (var definition in definitions) WriteDefinition(writer, definition);
        WriteSpecial(writer, ApiDefinitions.IntOrString, "string", "int-or-string");
        WriteSpecial(writer, ApiDefinitions.Quantity, "string", "");
        WriteSpecial(writer, ApiDefinitions.Time, "string", "date-time");
        WriteSpecial(writer, ApiDefinitions.Any, "object", "");
        WriteSpecial(writer, ApiPaths.PatchBody, "object", "");
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
        WriteTexts(writer, "consumes", operation.IsPatch ? MediaTypes.Patches : MediaTypes.Anything);
        WriteTexts(writer, "produces", operation.Response is null ? MediaTypes.Anything : MediaTypes.Objects);
        writer.WriteStartArray("parameters");
        if (operation.Body is { } body)
        {
            writer.WriteStartObject();
            writer.WriteString("name", "body");
            writer.WriteString("in", "body");
            if (operation.Method != "delete") writer.WriteBoolean("required", true);
            writer.WriteStartObject("schema");
            writer.WriteString("$ref", $"#/definitions/{body}");
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        foreach (var parameter in operation.Query) WriteParameter(writer, parameter);
        writer.WriteEndArray();
        writer.WriteStartObject("responses");
        writer.WriteStartObject(operation.Action == "post" ? "201" : "200");
        writer.WriteString("description", "OK");
        writer.WriteStartObject("schema");
        if (operation.Response is { } response) writer.WriteString("$ref", $"#/definitions/{response}");
        else writer.WriteString("type", "string");
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteString("x-kubernetes-action", operation.Action);
        writer.WritePropertyName("x-kubernetes-group-version-kind");
        writer.WriteRawValue(ApiDefinitions.Json(operation.Kind), skipInputValidation: true);
        writer.WriteEndObject();
    }

    private static void WriteParameter(Utf8JsonWriter writer, ApiParameter parameter)
    {
        writer.WriteStartObject();
        writer.WriteString("name", parameter.Name);
        writer.WriteString("in", parameter.In);
        writer.WriteString("type", parameter.Type);
        if (parameter.Required) writer.WriteBoolean("required", true);
        writer.WriteBoolean("uniqueItems", true);
        writer.WriteEndObject();
    }

    private void WriteDefinition(Utf8JsonWriter writer, ApiDefinition definition)
    {
        writer.WriteStartObject(definition.Name);
        writer.WriteString("type", "object");
        var required = definition.Schema.Fields.Where(field => field.Required).Select(field => field.Name).ToArray();
        if (required.Length > 0) WriteTexts(writer, "required", required);
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
        if (definition.Kind is { } kind)
        {
            writer.WritePropertyName("x-kubernetes-group-version-kind");
            writer.WriteRawValue($"[{ApiDefinitions.Json(kind)}]", skipInputValidation: true);
        }
        writer.WriteEndObject();
    }

    private void WriteSchema(Utf8JsonWriter writer, ModelSchema schema)
    {
        if (ApiDefinitions.Reference(schema, names) is { } reference)
        {
            writer.WriteString("$ref", $"#/definitions/{reference}");
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
        foreach (var (name, json) in ApiDefinitions.Extensions(semantic, isMap))
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(json, skipInputValidation: true);
        }
    }

    private static void WriteSpecial(Utf8JsonWriter writer, string name, string type, string format)
    {
        writer.WriteStartObject(name);
        writer.WriteString("type", type);
        if (format.Length > 0) writer.WriteString("format", format);
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts) writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
