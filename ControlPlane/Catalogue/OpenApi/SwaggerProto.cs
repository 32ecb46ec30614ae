using ControlPlane.Catalogue.Documents;
using ControlPlane.Catalogue.Schemas;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>
/// Writes OpenAPI v2 in the protobuf form clients ask for. The field numbers are those of gnostic's <c>openapi.v2.Document</c>; each nested
/// message is named where it is written.
/// </summary>
internal sealed class SwaggerProto(ModelNames names)
{
    public ReadOnlyMemory<byte> Write(IEnumerable<ApiPath> paths, IEnumerable<ApiDefinition> definitions)
    {
        var document = new ProtoWriter();
        document.Text(1, "2.0");
        document.Message(2, info =>
        {
            info.Text(1, "Kubernetes");
            info.Text(2, ServerVersion.Release);
        });
        // Paths.path: NamedPathItem
        document.Message(8, all =>
        {
            foreach (var path in paths) Named(all, 2, path.Path, item => WritePath(item, path));
        });
        // Definitions.additional_properties: NamedSchema
        document.Message(9, all =>
        {
            foreach (var definition in definitions) Named(all, 1, definition.Name, schema => WriteDefinition(schema, definition));
            WriteSpecial(all, ApiDefinitions.IntOrString, "string", "int-or-string");
            WriteSpecial(all, ApiDefinitions.Quantity, "string", "");
            WriteSpecial(all, ApiDefinitions.Time, "string", "date-time");
            WriteSpecial(all, ApiDefinitions.Any, "object", "");
            WriteSpecial(all, ApiPaths.PatchBody, "object", "");
        });
        return document.Written;
    }

    private static void WritePath(ProtoWriter item, ApiPath path)
    {
        foreach (var operation in path.Operations)
        {
            var field = operation.Method switch { "get" => 2, "put" => 3, "post" => 4, "delete" => 5, _ => 8 };
            item.Message(field, message => WriteOperation(message, operation));
        }
        foreach (var parameter in path.Parameters) item.Message(9, message => WriteParameter(message, parameter));
    }

    private static void WriteOperation(ProtoWriter message, ApiOperation operation)
    {
        message.Text(5, operation.Id);
        foreach (var mediaType in operation.Response is null ? MediaTypes.Anything : MediaTypes.Objects) message.Text(6, mediaType);
        foreach (var mediaType in operation.IsPatch ? MediaTypes.Patches : MediaTypes.Anything) message.Text(7, mediaType);
        if (operation.Body is { } reference)
        {
            // ParametersItem.parameter, Parameter.body_parameter
            message.Message(8, item => item.Message(1, parameter => parameter.Message(1, body =>
            {
                body.Text(2, "body");
                body.Text(3, "body");
                body.Flag(4, operation.Method != "delete");
                body.Message(5, schema => schema.Text(1, $"#/definitions/{reference}"));
            })));
        }
        foreach (var parameter in operation.Query) message.Message(8, item => WriteParameter(item, parameter));
        // Responses.response_code: NamedResponseValue, ResponseValue.response, Response.schema: SchemaItem.schema
        message.Message(9, responses => Named(responses, 1, operation.Action == "post" ? "201" : "200", value => value.Message(1, response =>
        {
            response.Text(1, "OK");
            response.Message(2, item => item.Message(1, schema =>
            {
                if (operation.Response is { } answer) schema.Text(1, $"#/definitions/{answer}");
                else WriteType(schema, "string", "");
            }));
        })));
        WriteExtension(message, 13, "x-kubernetes-action", $"\"{operation.Action}\"");
        WriteExtension(message, 13, "x-kubernetes-group-version-kind", ApiDefinitions.Json(operation.Kind));
    }

    /// <summary>ParametersItem.parameter, Parameter.non_body_parameter and then the form for the path or for the query.</summary>
    private static void WriteParameter(ProtoWriter item, ApiParameter parameter) =>
        item.Message(1, outer => outer.Message(2, form => form.Message(parameter.In == "path" ? 4 : 3, message =>
        {
            message.Flag(1, parameter.Required);
            message.Text(2, parameter.In);
            message.Text(4, parameter.Name);
            message.Text(parameter.In == "path" ? 5 : 6, parameter.Type);
        })));

    private void WriteDefinition(ProtoWriter schema, ApiDefinition definition)
    {
        foreach (var field in definition.Schema.Fields.Where(field => field.Required)) schema.Text(19, field.Name);
        WriteType(schema, "object", "");
        // Properties.additional_properties: NamedSchema
        schema.Message(25, properties =>
        {
            foreach (var field in definition.Schema.Fields)
            {
                Named(properties, 1, field.Name, property =>
                {
                    WriteSchema(property, field.Schema);
                    WriteExtensions(property, field.Semantic, field.Schema.Type == SchemaType.Map);
                });
            }
        });
        WriteExtensions(schema, FieldSemantics.OfStruct(definition.Schema.Model!), isMap: false);
        if (definition.Kind is { } kind) WriteExtension(schema, 31, "x-kubernetes-group-version-kind", $"[{ApiDefinitions.Json(kind)}]");
    }

    private void WriteSchema(ProtoWriter message, ModelSchema schema)
    {
        if (ApiDefinitions.Reference(schema, names) is { } reference)
        {
            message.Text(1, $"#/definitions/{reference}");
            return;
        }
        switch (schema.Type)
        {
            case SchemaType.Array:
                WriteType(message, "array", "");
                // ItemsItem.schema
                message.Message(23, items => items.Message(1, item => WriteSchema(item, schema.Items!)));
                break;
            case SchemaType.Map:
                // AdditionalPropertiesItem.schema
                message.Message(21, values => values.Message(1, value => WriteSchema(value, schema.Items!)));
                WriteType(message, "object", "");
                break;
            default:
                var (type, format) = ApiDefinitions.Scalar(schema.Type);
                WriteType(message, type, format);
                break;
        }
    }

    private static void WriteType(ProtoWriter schema, string type, string format)
    {
        schema.Text(2, format);
        // TypeItem.value
        schema.Message(22, item => item.Text(1, type));
    }

    private static void WriteSpecial(ProtoWriter definitions, string name, string type, string format) =>
        Named(definitions, 1, name, schema => WriteType(schema, type, format));

    private static void WriteExtensions(ProtoWriter schema, FieldSemantic semantic, bool isMap)
    {
        foreach (var (name, json) in ApiDefinitions.Extensions(semantic, isMap)) WriteExtension(schema, 31, name, json);
    }

    /// <summary>NamedAny, whose Any.yaml may be JSON: JSON is YAML.</summary>
    private static void WriteExtension(ProtoWriter message, int field, string name, string json) => Named(message, field, name, any => any.Text(2, json));

    private static void Named(ProtoWriter message, int field, string name, Action<ProtoWriter> value) => message.Message(field, named =>
    {
        named.Text(1, name);
        named.Message(2, value);
    });
}
