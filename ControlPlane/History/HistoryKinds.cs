using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using ControlPlane.Objects.Selectors;
using Shared.Json;

namespace ControlPlane.History;

/// <summary>
/// What <c>kubectl get history</c> asks for: who wrote what, when, and what it changed. Answered from the journal, which keeps what is superseded for a day. Objects of
/// namespaces and others are two resources, as rights to them are given apart.
/// </summary>
internal static class HistoryKinds
{
    public const string Group = "history.actors.dev";
    private const int ShownChanges = 3;
    private static readonly OwnKinds Kinds = new(Group, "v1", "dev.actors.history.v1");
    private static readonly Schema Text = new(SchemaType.String);
    private static readonly Schema Change = Kinds.Part(
        "Change", "One field that a write changed.",
        OwnKinds.Field("field", Text, "Where the field is, for example spec.template.spec.containers[0].image."),
        OwnKinds.Field("before", new(SchemaType.Any), "What was there; absent where nothing was. A list shows the beginning of what is long, and nothing of Secrets."),
        OwnKinds.Field("after", new(SchemaType.Any), "What is there since; absent where nothing is any more."));

    private static readonly Schema Written = Kinds.Part(
        "WrittenObject", "The object that was written.",
        OwnKinds.Field("apiVersion", Text, "The version of the API the object is stored in."),
        OwnKinds.Field("kind", Text, "The object's kind."),
        OwnKinds.Field("resource", Text, "The resource it belongs to, with its group: deployments.apps."),
        OwnKinds.Field("name", Text, "The object's name."),
        OwnKinds.Field("uid", Text, "What tells it from others of the same name."));

    public static KindDefinition Namespaced { get; } = Kind("ObjectVersion", "history", namespaced: true);

    public static KindDefinition ClusterWide { get; } = Kind("ClusterObjectVersion", "clusterhistory", namespaced: false);

    private static KindDefinition Kind(string kind, string plural, bool namespaced) => Kinds.Answered(
        kind, plural, namespaced, "One write of an object: who made it, when, and what it changed. Read from the journal, which keeps what is superseded for a day at least.",
        OwnKinds.Field("object", Written, "What was written."),
        OwnKinds.Field("revision", new(SchemaType.Int64), "The resourceVersion the object has since."),
        OwnKinds.Field("verb", Text, "How it was written: create, update, patch or delete."),
        OwnKinds.Field("user", Text, "Who wrote it."),
        OwnKinds.Field("manager", Text, "The program, or field manager, it was written with."),
        OwnKinds.Field("deleted", new(SchemaType.Boolean), "Whether the object was gone with this write."),
        OwnKinds.Field("changes", new(SchemaType.Array, Change), "What the write changed, as far as the version before it is known."),
        OwnKinds.Field("version", new(SchemaType.Any), "The object as it was with this write; only where one version is asked for by its name.")) with
    {
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

    private static string Changes(JsonObject[] changes)
    {
        if (changes.Length == 0) return "<none>";
        var shown = string.Join(", ", changes.Take(ShownChanges).Select(change => change.Text("field")));
        return changes.Length > ShownChanges ? $"{shown} + {changes.Length - ShownChanges} more" : shown;
    }
}
