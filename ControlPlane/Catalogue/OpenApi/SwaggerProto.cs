using System.Text.Json;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>
/// Turns an OpenAPI v2 document into the protobuf form clients ask for: gnostic's <c>openapi.v2.Document</c>. Whatever the document says is
/// carried over member by member; each nested message is named where it is written.
/// </summary>
internal static class SwaggerProto
{
    public static ReadOnlyMemory<byte> FromJson(ReadOnlyMemory<byte> json)
    {
        using var parsed = JsonDocument.Parse(json);
        var root = parsed.RootElement;
        var document = new ProtoWriter();
        document.Text(1, Text(root, "swagger"));
        document.Message(2, info =>
        {
            info.Text(1, Text(root.GetProperty("info"), "title"));
            info.Text(2, Text(root.GetProperty("info"), "version"));
        });
        // Paths.path: NamedPathItem; Definitions.additional_properties: NamedSchema
        document.Message(8, paths => All(root.GetProperty("paths"), (name, path) => Named(paths, 2, name, item => WritePath(item, path))));
        document.Message(9, definitions => All(root.GetProperty("definitions"), (name, schema) => Named(definitions, 1, name, message => WriteSchema(message, schema))));
        return document.Written;
    }

    private static void WritePath(ProtoWriter item, JsonElement path) => All(path, (name, value) =>
    {
        switch (name)
        {
            case "get": item.Message(2, message => WriteOperation(message, value)); break;
            case "put": item.Message(3, message => WriteOperation(message, value)); break;
            case "post": item.Message(4, message => WriteOperation(message, value)); break;
            case "delete": item.Message(5, message => WriteOperation(message, value)); break;
            case "patch": item.Message(8, message => WriteOperation(message, value)); break;
            case "parameters": WriteParameters(item, 9, value); break;
            default: throw NotKnown("PathItem", name);
        }
    });

    private static void WriteOperation(ProtoWriter message, JsonElement operation) => All(operation, (name, value) =>
    {
        switch (name)
        {
            case "operationId": message.Text(5, value.GetString()!); break;
            case "produces": Texts(message, 6, value); break;
            case "consumes": Texts(message, 7, value); break;
            case "parameters": WriteParameters(message, 8, value); break;
            // Responses.response_code: NamedResponseValue, ResponseValue.response
            case "responses": message.Message(9, all => All(value, (code, response) => Named(all, 1, code, entry => entry.Message(1, inner => WriteResponse(inner, response))))); break;
            default: WriteExtension(message, 13, name, value); break;
        }
    });

    private static void WriteResponse(ProtoWriter message, JsonElement response)
    {
        message.Text(1, Text(response, "description"));
        // Response.schema: SchemaItem.schema
        message.Message(2, item => item.Message(1, schema => WriteSchema(schema, response.GetProperty("schema"))));
    }

    /// <summary>ParametersItem.parameter, then Parameter.body_parameter, or Parameter.non_body_parameter and its form for the path or the query.</summary>
    private static void WriteParameters(ProtoWriter message, int field, JsonElement parameters)
    {
        foreach (var parameter in parameters.EnumerateArray())
        {
            var place = Text(parameter, "in");
            message.Message(field, item => item.Message(1, outer =>
            {
                if (place == "body") outer.Message(1, body => WriteBody(body, parameter));
                else outer.Message(2, form => form.Message(place == "path" ? 4 : 3, inner => WriteParameter(inner, parameter, place)));
            }));
        }
    }

    private static void WriteBody(ProtoWriter message, JsonElement body)
    {
        message.Text(2, Text(body, "name"));
        message.Text(3, Text(body, "in"));
        message.Flag(4, IsRequired(body));
        message.Message(5, schema => WriteSchema(schema, body.GetProperty("schema")));
    }

    private static void WriteParameter(ProtoWriter message, JsonElement parameter, string place)
    {
        message.Flag(1, IsRequired(parameter));
        message.Text(2, place);
        message.Text(4, Text(parameter, "name"));
        message.Text(place == "path" ? 5 : 6, Text(parameter, "type"));
    }

    private static void WriteSchema(ProtoWriter message, JsonElement schema) => All(schema, (name, value) =>
    {
        switch (name)
        {
            case "$ref": message.Text(1, value.GetString()!); break;
            case "format": message.Text(2, value.GetString()!); break;
            case "description": message.Text(4, value.GetString()!); break;
            case "default": message.Message(5, any => any.Text(2, value.GetRawText())); break;
            case "multipleOf": message.Number(6, value.GetDouble()); break;
            case "maximum": message.Number(7, value.GetDouble()); break;
            case "exclusiveMaximum": message.Flag(8, value.GetBoolean()); break;
            case "minimum": message.Number(9, value.GetDouble()); break;
            case "exclusiveMinimum": message.Flag(10, value.GetBoolean()); break;
            case "maxLength": message.Integer(11, (long)value.GetDouble()); break;
            case "minLength": message.Integer(12, (long)value.GetDouble()); break;
            case "pattern": message.Text(13, value.GetString()!); break;
            case "maxItems": message.Integer(14, (long)value.GetDouble()); break;
            case "minItems": message.Integer(15, (long)value.GetDouble()); break;
            case "maxProperties": message.Integer(17, (long)value.GetDouble()); break;
            case "minProperties": message.Integer(18, (long)value.GetDouble()); break;
            case "required": Texts(message, 19, value); break;
            case "enum":
                foreach (var allowed in value.EnumerateArray()) message.Message(20, any => any.Text(2, allowed.GetRawText()));
                break;
            // AdditionalPropertiesItem.schema, TypeItem.value, ItemsItem.schema, Properties.additional_properties: NamedSchema
            case "additionalProperties": message.Message(21, item => item.Message(1, inner => WriteSchema(inner, value))); break;
            case "type": message.Message(22, item => item.Text(1, value.GetString()!)); break;
            case "items": message.Message(23, item => item.Message(1, inner => WriteSchema(inner, value))); break;
            case "properties": message.Message(25, all => All(value, (field, inner) => Named(all, 1, field, property => WriteSchema(property, inner)))); break;
            default: WriteExtension(message, 31, name, value); break;
        }
    });

    /// <summary>NamedAny, whose Any.yaml may be JSON: JSON is YAML.</summary>
    private static void WriteExtension(ProtoWriter message, int field, string name, JsonElement value)
    {
        if (!name.StartsWith("x-", StringComparison.Ordinal)) throw NotKnown("extension", name);
        Named(message, field, name, any => any.Text(2, value.GetRawText()));
    }

    private static void Named(ProtoWriter message, int field, string name, Action<ProtoWriter> value) => message.Message(field, named =>
    {
        named.Text(1, name);
        named.Message(2, value);
    });

    private static void Texts(ProtoWriter message, int field, JsonElement texts)
    {
        foreach (var text in texts.EnumerateArray()) message.Text(field, text.GetString()!);
    }

    private static void All(JsonElement members, Action<string, JsonElement> each)
    {
        foreach (var member in members.EnumerateObject()) each(member.Name, member.Value);
    }

    private static bool IsRequired(JsonElement parameter) => parameter.TryGetProperty("required", out var required) && required.GetBoolean();

    private static string Text(JsonElement members, string name) => members.GetProperty(name).GetString()!;

    private static InvalidOperationException NotKnown(string message, string member) => new($"{message} has no field for {member}.");
}
