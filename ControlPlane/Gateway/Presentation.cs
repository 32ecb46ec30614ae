using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.FieldManagement;

namespace ControlPlane.Gateway;

/// <summary>Stored objects as the JSON of the version that was asked for, with who manages their fields.</summary>
internal static class Presentation
{
    /// <summary>One object.</summary>
    /// <param name="kind">The version.</param>
    /// <param name="storage">The version objects are stored in.</param>
    /// <param name="stored">The object.</param>
    /// <param name="many">Whether many will want the same.</param>
    public static ValueTask<ReadOnlyMemory<byte>> Of(KindDefinition kind, KindDefinition storage, StoredObject stored, bool many = false) =>
        kind.Conversion is null ? new(ManagedFieldsView.Join(stored, storage, many)) : Converted(kind, storage, stored);

    /// <summary>Some objects, in the same order.</summary>
    public static async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> Of(KindDefinition kind, KindDefinition storage, IEnumerable<StoredObject> objects)
    {
        var joined = objects.Select(stored => ManagedFieldsView.Join(stored, storage));
        if (kind.Conversion is null) return [.. joined];
        var converted = await kind.FromStorage([.. joined.Select(json => (JsonObject)JsonNode.Parse(json.Span)!)]);
        return [.. converted.Select(tree => (ReadOnlyMemory<byte>)ObjectJson.ToUtf8(tree))];
    }

    private static async ValueTask<ReadOnlyMemory<byte>> Converted(KindDefinition kind, KindDefinition storage, StoredObject stored) => (await Of(kind, storage, [stored]))[0];
}
