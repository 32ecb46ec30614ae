using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using k8s.Models;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Catalogue.Schemas;

/// <summary>
/// Makes schemas of structural schemas, the form a CustomResourceDefinition describes its objects in. Everything a definition says is either
/// honoured or reported: nothing is passed over.
/// </summary>
public static class StructuralSchema
{
    private static readonly string[] Implicit = ["apiVersion", "kind", "metadata"];
    private static readonly Schema Text = new(SchemaType.String);

    /// <summary>Reads the schema of a kind's objects.</summary>
    /// <param name="definition">The <c>openAPIV3Schema</c>.</param>
    /// <param name="kind">The kind: its name becomes the schema's in OpenAPI.</param>
    /// <param name="path">Where the definition stands, for the faults.</param>
    /// <param name="faults">Everything that keeps the definition from being structural, worded as Kubernetes does.</param>
    /// <returns>The schema; it may be used only if there are no faults.</returns>
    public static Schema Read(JsonObject definition, GroupVersionKind kind, string path, out ImmutableArray<StatusCause> faults)
    {
        var errors = new FieldErrors();
        if (definition.Text("type") is var type && type != "object")
        {
            if (type.Length == 0) errors.Required($"{path}.type", "must not be empty at the root");
            else errors.Invalid($"{path}.type", type, "must be object at the root");
        }
        var root = new StructuralReader(errors).Root(definition, path, () => new(kind.Kind, null, kind, DefinitionName: DefinitionName(kind, kind.Kind)));
        faults = [.. errors.Causes];
        return root;
    }

    /// <summary>The schema of a kind's lists.</summary>
    public static Schema ListOf(Schema item, GroupVersionKind kind)
    {
        var list = kind with { Kind = $"{kind.Kind}List" };
        return new(
            SchemaType.Object,
            fields: () =>
            [
                new("apiVersion", Text, false, FieldSemantic.None),
                new("items", new(SchemaType.Array, item), true, FieldSemantic.None),
                new("kind", Text, false, FieldSemantic.None),
                new("metadata", ModelSchemas.Of<V1ListMeta>(), false, FieldSemantic.None),
            ],
            identity: () => new(list.Kind, null, list, DefinitionName: DefinitionName(kind, list.Kind)));
    }

    /// <summary>The fields of an object of any kind, with its own beside them.</summary>
    internal static ImmutableArray<SchemaField> WithTypeAndMetadata(IEnumerable<SchemaField> own, Schema metadata) =>
    [
        .. own.Where(field => !Implicit.Contains(field.Name))
            .Append(OfEveryKind("apiVersion", Text, nameof(V1ConfigMap.ApiVersion)))
            .Append(OfEveryKind("kind", Text, nameof(V1ConfigMap.Kind)))
            .Append(OfEveryKind("metadata", metadata, nameof(V1ConfigMap.Metadata)))
            .OrderBy(field => field.Name, StringComparer.Ordinal),
    ];

    // What is told of these is the same for all kinds.
    private static SchemaField OfEveryKind(string name, Schema schema, string member) =>
        new(name, schema, false, FieldSemantic.None) { Description = () => ModelDescriptions.Of(typeof(V1ConfigMap).GetProperty(member)!) };

    /// <summary>The group from its last part to its first, the version, the name: <c>com.example.v1.Widget</c>.</summary>
    private static string DefinitionName(GroupVersionKind kind, string name) => string.Join('.', [.. kind.Group.Split('.').Reverse(), kind.Version, name]);
}
