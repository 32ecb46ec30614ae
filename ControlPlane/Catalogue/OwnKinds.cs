using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using k8s.Models;

namespace ControlPlane.Catalogue;

/// <summary>Declares kinds of a group that no model describes.</summary>
/// <param name="definitions">What the names of their schemas begin with: <c>io.k8s.metrics.pkg.apis.metrics.v1beta1</c>.</param>
internal sealed class OwnKinds(string group, string version, string definitions)
{
    /// <summary>A kind that can be read, and whose objects are made anew for whoever asks, with these fields beside those of every object.</summary>
    public KindDefinition Answered(string kind, string plural, bool namespaced, string description, params ReadOnlySpan<SchemaField> fields) =>
        Stored(kind, plural, namespaced, description, fields) with { Verbs = ["get", "list"], Stored = false };

    /// <summary>A kind whose objects are kept, with these fields beside those of every object.</summary>
    public KindDefinition Stored(string kind, string plural, bool namespaced, string description, params ReadOnlySpan<SchemaField> fields)
    {
        var schema = Named(kind, isKind: true, description, [.. StructuralSchema.WithTypeAndMetadata(fields.ToArray(), ModelSchemas.Of<V1ObjectMeta>())]);
        return new()
        {
            Group = group,
            Version = version,
            Kind = kind,
            Plural = plural,
            Namespaced = namespaced,
            Schema = schema,
            ListSchema = Named($"{kind}List", isKind: true, $"A list of {kind}.", [.. StructuralSchema.WithTypeAndMetadata([Field("items", new(SchemaType.Array, schema), "What was found.")], ModelSchemas.Of<V1ListMeta>())]),
        };
    }

    /// <summary>The schema of a part of such an object.</summary>
    public Schema Part(string name, string description, params SchemaField[] fields) => Named(name, isKind: false, description, fields);

    public static SchemaField Field(string name, Schema schema, string description) => new(name, schema, true, FieldSemantic.None) { Description = () => description };

    /// <summary>A field that may be absent.</summary>
    public static SchemaField Optional(string name, Schema schema, string description) => Field(name, schema, description) with { Required = false };

    private Schema Named(string name, bool isKind, string description, SchemaField[] fields) =>
        new(SchemaType.Object, fields: () => [.. fields], identity: () => new(name, null, isKind ? new(group, version, name) : null, DefinitionName: $"{definitions}.{name}")) { Description = description };
}
