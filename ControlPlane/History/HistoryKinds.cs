using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using ControlPlane.Objects.Selectors;
using k8s.Models;
using Shared.Json;

namespace ControlPlane.History;

/// <summary>
/// What <c>kubectl get history</c> asks for: who wrote what, when, and what it changed. Answered from the journal, which keeps what is superseded for a day. Objects of
/// namespaces and others are two resources, as rights to them are given apart.
/// </summary>
internal static class HistoryKinds
{
    public const string Group = "history.actors.dev";
    private const string Version = "v1";
    private const string Definitions = "dev.actors.history.v1";
    private const int ShownChanges = 3;
    private static readonly Schema Text = new(SchemaType.String);
    private static readonly Schema Change = Named("Change", [Field("field", Text), Field("before", new(SchemaType.Any)), Field("after", new(SchemaType.Any))]);
    private static readonly Schema Written = Named("WrittenObject", [Field("apiVersion", Text), Field("kind", Text), Field("resource", Text), Field("name", Text), Field("uid", Text)]);

    public static KindDefinition Namespaced { get; } = Kind("ObjectVersion", "history", namespaced: true);

    public static KindDefinition ClusterWide { get; } = Kind("ClusterObjectVersion", "clusterhistory", namespaced: false);

    private static KindDefinition Kind(string kind, string plural, bool namespaced)
    {
        SchemaField[] fields =
        [
            Field("object", Written), Field("revision", new(SchemaType.Int64)), Field("verb", Text), Field("user", Text), Field("manager", Text), Field("deleted", new(SchemaType.Boolean)),
            Field("changes", new(SchemaType.Array, Change)), Field("version", new(SchemaType.Any)),
        ];
        var schema = Named(kind, StructuralSchema.WithTypeAndMetadata(fields, ModelSchemas.Of<V1ObjectMeta>()), isKind: true);
        return new()
        {
            Group = Group,
            Version = Version,
            Kind = kind,
            Plural = plural,
            Namespaced = namespaced,
            Schema = schema,
            ListSchema = Named($"{kind}List", StructuralSchema.WithTypeAndMetadata([Field("items", new(SchemaType.Array, schema))], ModelSchemas.Of<V1ListMeta>()), isKind: true),
            Verbs = ["get", "list"],
            Stored = false,
            SelectableFields = [SelectableField.At(ObjectVersion.ResourceField), SelectableField.At(ObjectVersion.NameField), SelectableField.At("user"), SelectableField.At("verb"), SelectableField.At("manager")],
            Columns =
            [
                Column.Name,
                Column.Count("Revision", "revision"),
                Column.Field("Verb", "", "verb"),
                Column.Field("User", "", "user"),
                Column.Field("Manager", "", "manager"),
                Column.Text("Changes", version => Changes([.. version.Objects("changes")])),
                Column.Age,
            ],
        };
    }

    private static string Changes(JsonObject[] changes)
    {
        if (changes.Length == 0) return "<none>";
        var shown = string.Join(", ", changes.Take(ShownChanges).Select(change => change.Text("field")));
        return changes.Length > ShownChanges ? $"{shown} + {changes.Length - ShownChanges} more" : shown;
    }

    private static Schema Named(string name, ImmutableArray<SchemaField> fields, bool isKind = false) =>
        new(SchemaType.Object, fields: () => fields, identity: () => new(name, null, isKind ? new(Group, Version, name) : null, DefinitionName: $"{Definitions}.{name}"));

    private static SchemaField Field(string name, Schema schema) => new(name, schema, true, FieldSemantic.None);
}
