using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using Shared.Json;
using k8s.Models;

namespace ControlPlane.Catalogue.Schemas;

/// <summary>One pass over a structural schema: makes the tree and adds what keeps it from being one.</summary>
internal sealed class StructuralReader(FieldErrors errors)
{
    /// <summary>The deepest nesting of schemas that is read: no object may be as deep.</summary>
    private const int MaxDepth = 64;

    private static readonly FieldSemantic None = FieldSemantic.None;

    /// <summary>The schema of an object of a kind.</summary>
    public Schema Root(JsonObject node, string path, Func<SchemaIdentity> identity)
    {
        var fields = StructuralSchema.WithTypeAndMetadata(Fields(node, path, 0), Metadata(node.Child("properties").Child("metadata"), $"{path}.properties[metadata]"));
        Forbidden(node, path);
        var semantic = Semantic(node);
        return new(SchemaType.Object, fields: () => fields, identity: identity, semantic: () => semantic)
        {
            Description = node.Text("description"),
            PreservesUnknown = node.Flag("x-kubernetes-preserve-unknown-fields") == true,
            Constraints = new ConstraintReader(errors).Read(node, path),
        };
    }

    private Schema Node(JsonObject node, string path, string place, int depth)
    {
        if (depth > MaxDepth)
        {
            errors.Forbidden(path, $"schemas may not be nested more than {MaxDepth} deep");
            return new(SchemaType.Any);
        }
        Forbidden(node, path);
        var (type, open, intOrString) = (node.Text("type"), node.Flag("x-kubernetes-preserve-unknown-fields") == true, node.Flag("x-kubernetes-int-or-string") == true);
        if (intOrString && type.Length > 0) errors.Invalid($"{path}.type", type, "must be empty if x-kubernetes-int-or-string is true");
        if (type.Length == 0 && !open && !intOrString) errors.Required($"{path}.type", $"must not be empty for specified {place}");
        var embedded = node.Flag("x-kubernetes-embedded-resource") == true;
        if (embedded && type != "object") errors.Invalid($"{path}.type", type, "must be object if x-kubernetes-embedded-resource is true");
        var made = type switch
        {
            "object" => Object(node, path, embedded, depth),
            "array" => new Schema(SchemaType.Array, Items(node, path, depth)),
            "string" => new Schema(node.Text("format") switch { "date-time" => SchemaType.DateTime, "byte" => SchemaType.Bytes, _ => SchemaType.String }),
            "boolean" => new Schema(SchemaType.Boolean),
            "integer" => new Schema(node.Text("format") == "int32" ? SchemaType.Int32 : SchemaType.Int64),
            "number" => new Schema(SchemaType.Number),
            "" => new Schema(intOrString ? SchemaType.IntOrString : SchemaType.Any),
            _ => Unknown(type, path),
        };
        return Described(made, node, path);
    }

    private Schema Described(Schema made, JsonObject node, string path)
    {
        ImmutableArray<SchemaField>? fields = made.Type == SchemaType.Object ? made.Fields : null;
        var semantic = Semantic(node);
        return new(made.Type, made.Items, fields is { } known ? () => known : null, semantic: () => semantic)
        {
            Format = made.Type is SchemaType.DateTime or SchemaType.Bytes ? "" : node.Text("format"),
            Description = node.Text("description"),
            PreservesUnknown = node.Flag("x-kubernetes-preserve-unknown-fields") == true,
            IsEmbeddedResource = node.Flag("x-kubernetes-embedded-resource") == true,
            Nullable = node.Flag("nullable") == true,
            Constraints = new ConstraintReader(errors).Read(node, path),
        };
    }

    private Schema Object(JsonObject node, string path, bool embedded, int depth)
    {
        var values = node["additionalProperties"];
        if (node.Has("properties") && values is not null and not JsonValue) errors.Forbidden($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
        if (values is JsonObject value) return new(SchemaType.Map, Node(value, $"{path}.additionalProperties", "object fields", depth + 1));
        if (values.Flag() == true) return new(SchemaType.Map, new(SchemaType.Any));
        var fields = Fields(node, path, depth);
        if (embedded) fields = StructuralSchema.WithTypeAndMetadata(fields, Metadata(node.Child("properties").Child("metadata"), $"{path}.properties[metadata]"));
        return new(SchemaType.Object, fields: () => fields);
    }

    private Schema Items(JsonObject node, string path, int depth)
    {
        if (node.Child("items") is { } items) return Node(items, $"{path}.items", "array items", depth + 1);
        errors.Required($"{path}.items", "must be specified");
        return new(SchemaType.Any);
    }

    private ImmutableArray<SchemaField> Fields(JsonObject node, string path, int depth)
    {
        var required = node.Texts("required").ToHashSet(StringComparer.Ordinal);
        var fields = ImmutableArray.CreateBuilder<SchemaField>();
        foreach (var (name, value) in (node.Child("properties") ?? []).OrderBy(property => property.Key, StringComparer.Ordinal))
        {
            if (value is not JsonObject property || (depth == 0 && name == "metadata")) continue;
            var at = $"{path}.properties[{name}]";
            var schema = Node(property, at, "object fields", depth + 1);
            fields.Add(new(name, schema, required.Contains(name), schema.Semantic) { Default = Default(property, schema, at) });
        }
        return fields.DrainToImmutable();
    }

    /// <summary>What an object's metadata is follows from Kubernetes; a definition may restrict the name alone.</summary>
    private Schema Metadata(JsonObject? node, string path)
    {
        var meta = ModelSchemas.Of<V1ObjectMeta>();
        if (node is null) return meta;
        foreach (var (name, _) in node.Child("properties") ?? [])
        {
            if (name is not ("name" or "generateName")) errors.Forbidden($"{path}.properties[{name}]", "only restrictions on metadata.name and metadata.generateName are possible");
        }
        var restricted = node.Child("properties") ?? [];
        if (restricted.Count == 0) return meta;
        ImmutableArray<SchemaField> fields = [.. meta.Fields.Select(field => restricted[field.Name] is JsonObject rule ? field with { Schema = Node(rule, $"{path}.properties[{field.Name}]", "object fields", 1) } : field)];
        return new(SchemaType.Object, fields: () => fields);
    }

    /// <summary>A default must itself be what the schema allows, with nothing that would be dropped.</summary>
    private string? Default(JsonObject node, Schema schema, string path)
    {
        if (node["default"] is not { } value) return null;
        var text = value.ToJsonString();
        var run = new DecodeRun();
        var reader = new System.Text.Json.Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(text));
        reader.Read();
        var read = run.Read(ref reader, schema);
        foreach (var fault in run.Faults.Concat(run.Strays)) errors.Invalid($"{path}.default", value.DeepClone(), fault);
        var unfit = new FieldErrors();
        SchemaValidation.Validate(new JsonObject { ["default"] = read?.DeepClone() }, new(SchemaType.Object, fields: () => [new("default", schema, false, None)]), unfit);
        foreach (var cause in unfit.Causes) errors.Invalid($"{path}.{cause.Field}", value.DeepClone(), cause.Message);
        return text;
    }

    private static FieldSemantic Semantic(JsonObject node)
    {
        var (list, map) = (NullIfEmpty(node.Text("x-kubernetes-list-type")), NullIfEmpty(node.Text("x-kubernetes-map-type")));
        if (list is null && map is null) return None;
        var isMap = node.Has("additionalProperties");
        return new(list, [.. node.Texts("x-kubernetes-list-map-keys")], isMap ? map : null, isMap ? null : map, null, null, null);
    }

    private Schema Unknown(string type, string path)
    {
        errors.NotSupported($"{path}.type", type, "array", "boolean", "integer", "number", "object", "string");
        return new(SchemaType.Any);
    }

    private void Forbidden(JsonObject node, string path)
    {
        if (node.Has("$ref")) errors.Forbidden($"{path}.$ref", "$ref is not supported");
        if (node.Flag("uniqueItems") == true) errors.Forbidden($"{path}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        if (node["items"] is JsonArray) errors.Forbidden($"{path}.items", "items must be a schema object and not an array");
        foreach (var keyword in (ReadOnlySpan<string>)["definitions", "dependencies", "patternProperties", "additionalItems", "deprecated", "discriminator", "id", "readOnly", "writeOnly", "xml"])
        {
            if (node.Has(keyword)) errors.Forbidden($"{path}.{keyword}", $"{keyword} is not supported");
        }
        ListType(node, path);
    }

    private void ListType(JsonObject node, string path)
    {
        var (list, keys) = (node.Text("x-kubernetes-list-type"), node.Texts("x-kubernetes-list-map-keys").ToArray());
        if (list.Length > 0 && node.Text("type") != "array") errors.Invalid($"{path}.type", node.Text("type"), "must be array if x-kubernetes-list-type is specified");
        if (list is not ("" or "atomic" or "map" or "set")) errors.NotSupported($"{path}.x-kubernetes-list-type", list, "atomic", "map", "set");
        if (node.Text("x-kubernetes-map-type") is not ("" or "atomic" or "granular") and var map) errors.NotSupported($"{path}.x-kubernetes-map-type", map, "atomic", "granular");
        if (list != "map") return;
        if (keys.Length == 0) errors.Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
        var items = node.Child("items");
        foreach (var key in keys)
        {
            if (items.Child("properties").Child(key) is not { } property) errors.Invalid($"{path}.x-kubernetes-list-map-keys", key, "entries must all be names of item properties");
            else if (!property.Has("default") && !items.Texts("required").Contains(key))
            {
                errors.Required($"{path}.items.properties[{key}].default", "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property");
            }
        }
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
