using System.Text.Json;
using ControlPlane.Catalogue.Documents;
using ControlPlane.Objects.Schemas;
using Shared.Api;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>
/// The paths and schemas of a document, and the one walk over them that writes it: every form of OpenAPI served here comes from this walk.
/// </summary>
internal sealed class ApiDocument(IEnumerable<ApiPath> paths, IEnumerable<ApiDefinition> definitions, DefinitionNames names, ApiDialect dialect)
{
    private readonly SchemaWriter _schemas = new(names, dialect);

    /// <summary>Writes the document as JSON.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString(dialect.Version.Member, dialect.Version.Value);
        writer.WriteStartObject("info");
        writer.WriteString("title", "Kubernetes");
        writer.WriteString("version", KubernetesRelease.Version);
        writer.WriteEndObject();
        writer.WriteStartObject("paths");
        foreach (var path in paths) WritePath(writer, path);
        writer.WriteEndObject();
        if (dialect.IsV3) writer.WriteStartObject("components");
        writer.WriteStartObject(dialect.IsV3 ? "schemas" : "definitions");
        foreach (var definition in definitions)
        {
            writer.WritePropertyName(definition.Name);
            _schemas.WriteDefinition(writer, definition.Schema);
        }
        writer.WriteEndObject();
        if (dialect.IsV3) writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WritePath(Utf8JsonWriter writer, ApiPath path)
    {
        writer.WriteStartObject(path.Path);
        foreach (var operation in path.Operations) WriteOperation(writer, operation);
        writer.WriteStartArray("parameters");
        foreach (var parameter in path.Parameters) WriteParameter(writer, parameter);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteOperation(Utf8JsonWriter writer, ApiOperation operation)
    {
        var takes = operation.Takes;
        var gives = operation.Response is null ? MediaTypes.Anything : MediaTypes.Objects;
        writer.WriteStartObject(operation.Method);
        writer.WriteString("operationId", operation.Id);
        if (!dialect.IsV3)
        {
            writer.WriteTexts("consumes", takes);
            writer.WriteTexts("produces", gives);
        }
        writer.WriteStartArray("parameters");
        if (!dialect.IsV3 && operation.Body is not null) WriteBodyParameter(writer, operation);
        foreach (var parameter in operation.Query) WriteParameter(writer, parameter);
        writer.WriteEndArray();
        if (dialect.IsV3 && operation.Body is { } body)
        {
            writer.WriteStartObject("requestBody");
            WriteContent(writer, takes, body);
            if (operation.Method != "delete") writer.WriteBoolean("required", true);
            writer.WriteEndObject();
        }
        writer.WriteStartObject("responses");
        writer.WriteStartObject(operation.Action == "post" ? "201" : "200");
        writer.WriteString("description", "OK");
        if (dialect.IsV3) WriteContent(writer, gives, operation.Response);
        else WriteSchemaOf(writer, operation.Response);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteString("x-kubernetes-action", operation.Action);
        writer.WritePropertyName("x-kubernetes-group-version-kind");
        SchemaWriter.WriteKind(writer, operation.Kind);
        writer.WriteEndObject();
    }

    private void WriteBodyParameter(Utf8JsonWriter writer, ApiOperation operation)
    {
        writer.WriteStartObject();
        writer.WriteString("name", "body");
        writer.WriteString("in", "body");
        if (operation.Method != "delete") writer.WriteBoolean("required", true);
        WriteSchemaOf(writer, operation.Body);
        writer.WriteEndObject();
    }

    private void WriteContent(Utf8JsonWriter writer, IEnumerable<string> mediaTypes, Schema? schema)
    {
        writer.WriteStartObject("content");
        foreach (var mediaType in mediaTypes)
        {
            writer.WriteStartObject(mediaType);
            WriteSchemaOf(writer, schema);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    /// <summary>The schema of a body or an answer; text where it is none of the API's objects.</summary>
    private void WriteSchemaOf(Utf8JsonWriter writer, Schema? schema)
    {
        writer.WriteStartObject("schema");
        if (schema is not null) writer.WriteString("$ref", dialect.References + names[schema]);
        else writer.WriteString("type", "string");
        writer.WriteEndObject();
    }

    private void WriteParameter(Utf8JsonWriter writer, ApiParameter parameter)
    {
        writer.WriteStartObject();
        writer.WriteString("name", parameter.Name);
        writer.WriteString("in", parameter.In);
        if (parameter.Required) writer.WriteBoolean("required", true);
        if (dialect.IsV3) writer.WriteStartObject("schema");
        writer.WriteString("type", parameter.Type);
        writer.WriteBoolean("uniqueItems", true);
        if (dialect.IsV3) writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
