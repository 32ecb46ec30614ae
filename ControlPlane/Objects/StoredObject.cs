using System.Text.Json.Nodes;
using ControlPlane.Objects.FieldManagement;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>
/// One version of an API object: the UTF-8 JSON a client receives (its <c>metadata.resourceVersion</c> included) and the
/// header scanned from it. Immutable; shared by the object's actor, the watch cache and every reader.
/// </summary>
public sealed class StoredObject
{
    private ObjectHeader? _header;
    private object? _projection;

    public StoredObject(ObjectKey key, ReadOnlyMemory<byte> json, long revision, ObjectHeader? header = null, byte[]? managed = null) =>
        (Key, Json, Revision, _header, Managed) = (key, json, revision, header, managed ?? []);

    public ObjectKey Key { get; }

    /// <summary>The object as JSON. The bytes must not be changed.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>The revision at which this version was committed: its resourceVersion.</summary>
    public long Revision { get; }

    /// <summary>What indexes, selectors and planners need to know, read from the JSON once.</summary>
    public ObjectHeader Header => _header ??= ObjectHeader.Scan(Json.Span);

    public string Uid => Header.Uid;

    /// <summary>Who has which fields, as it is stored beside the object; empty where nothing is known.</summary>
    public byte[] Managed { get; }

    /// <summary>Who has which fields. Read anew on each call.</summary>
    internal ManagedFields Managers => ManagedFields.FromBytes(Managed);

    /// <summary>What <see cref="ManagedFieldsView"/> made of it for many; null where nothing is kept.</summary>
    internal byte[]? ManagedView { get; set; }

    /// <summary>A new, mutable tree of the object: for patching, where it is worth its price.</summary>
    public JsonObject ToJsonObject() => ObjectLimits.Parse(Json.Span)!.AsObject();

    /// <summary>
    /// Whether JSON without a resourceVersion says the same as this version. Null if their bytes do not tell: they may differ in the order of members only.
    /// </summary>
    internal bool? IsSameAs(ReadOnlySpan<byte> json)
    {
        var mine = Json.Span;
        var revision = ObjectStored.RevisionMember(Revision);
        var at = Header.MetadataAt;
        if (!mine[at..].StartsWith(revision)) return null;
        var rest = at + revision.Length;
        if (mine.Length - revision.Length != json.Length) return false;
        return mine[..at].SequenceEqual(json[..at]) && mine[rest..].SequenceEqual(json[at..]) ? true : null;
    }

    /// <summary>
    /// A view of this version that a reader derives once and keeps with it (a typed model, a pod's resource requests).
    /// Of several kinds of view only the last one asked for is kept. <paramref name="read"/> must be pure.
    /// </summary>
    public T Project<T>(Func<StoredObject, T> read)
        where T : class
    {
        if (_projection is T known) return known;
        var made = read(this);
        _projection = made;
        return made;
    }
}
