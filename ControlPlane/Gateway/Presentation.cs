using ControlPlane.Objects;

namespace ControlPlane.Gateway;

/// <summary>Stored objects as the JSON of the version that was asked for: the stored bytes themselves where that is the stored version.</summary>
internal static class Presentation
{
    /// <summary>One object.</summary>
    public static ValueTask<ReadOnlyMemory<byte>> Of(KindDefinition kind, StoredObject stored) => kind.Conversion is null ? new(stored.Json) : Converted(kind, stored);

    /// <summary>Some objects, in the same order.</summary>
    public static async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> Of(KindDefinition kind, IEnumerable<StoredObject> objects)
    {
        if (kind.Conversion is null) return [.. objects.Select(stored => stored.Json)];
        var converted = await kind.FromStorage([.. objects.Select(stored => stored.ToJsonObject())]);
        return [.. converted.Select(tree => (ReadOnlyMemory<byte>)ObjectJson.ToUtf8(tree))];
    }

    private static async ValueTask<ReadOnlyMemory<byte>> Converted(KindDefinition kind, StoredObject stored) => (await Of(kind, [stored]))[0];
}
