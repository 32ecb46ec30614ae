using System.Globalization;
using System.Text;
using System.Text.Json;
using ControlPlane.Objects.FieldManagement;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>Who made a write, when, through which verb and field manager.</summary>
public sealed record WriteAudit(string User, string Verb, string Manager, DateTimeOffset At)
{
    /// <summary>The <see cref="ObjectCommand.Id"/> of the command that made it; 0: none.</summary>
    public long Command { get; init; }
}

/// <summary>
/// The one event an object's actor persists: the whole new object, or, with <see cref="Deleted"/>, its last state as a tombstone.
/// <see cref="Json"/> is stored without <c>metadata.resourceVersion</c>: the journal allots the revision while it commits and
/// <see cref="Committed"/> splices it in. From then on only the spliced bytes are held, so that an object is in memory once.
/// </summary>
public sealed class ObjectStored
{
    private readonly ObjectHeader _header;
    private byte[]? _json;
    private StoredObject? _stored;

    /// <param name="key">The object's identity.</param>
    /// <param name="json">UTF-8 JSON with a non-empty <c>metadata</c> object that has no resourceVersion. It is read here, so that only what every reader can read is ever stored.</param>
    /// <param name="deleted">Whether this is the object's tombstone.</param>
    /// <param name="audit">Who wrote it.</param>
    /// <param name="managed">Who has which fields: <see cref="ManagedFields.ToBytes"/>.</param>
    /// <exception cref="ArgumentException">There is no metadata object to hold the revision.</exception>
    /// <exception cref="JsonException">The bytes are not a JSON object, or nested deeper than <see cref="ObjectLimits.MaxDepth"/>.</exception>
    public ObjectStored(ObjectKey key, byte[] json, bool deleted, WriteAudit audit, byte[]? managed = null)
    {
        (Key, _json, Deleted, Audit, Managed) = (key, json, deleted, audit, managed ?? []);
        _header = ObjectHeader.Scan(json);
        if (_header.MetadataAt == 0) throw new ArgumentException("The object has no metadata.", nameof(json));
    }

    public ObjectKey Key { get; }
    public bool Deleted { get; }
    public WriteAudit Audit { get; }

    /// <summary>Who has which fields of the object, as it is stored; empty where nothing is known.</summary>
    public byte[] Managed { get; }

    /// <summary>The object without its resourceVersion. Made anew on each call once the event is committed.</summary>
    public byte[] Json => Volatile.Read(ref _json) ?? Unspliced(_stored!);

    /// <summary>The revision the event was committed at; 0 until then.</summary>
    public long Revision => Volatile.Read(ref _stored)?.Revision ?? 0;

    /// <summary>Told by the journal, once, after the commit and before the persist callback runs, or when the event is read back.</summary>
    public void Committed(long revision)
    {
        Volatile.Write(ref _stored, new(Key, Spliced(Json, revision), revision, _header, Managed));
        Volatile.Write(ref _json, null);
    }

    /// <summary>The committed version with its resourceVersion, the same instance on every call; before that, a version 0 without one (dry run).</summary>
    public StoredObject ToStored() => Volatile.Read(ref _stored) ?? new(Key, Json, 0, _header, Managed);

    /// <summary>What <see cref="Committed"/> adds at the start of the metadata.</summary>
    internal static byte[] RevisionMember(long revision) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\"resourceVersion\":\"{revision}\","));

    private byte[] Spliced(byte[] json, long revision)
    {
        var (added, at) = (RevisionMember(revision), _header.MetadataAt);
        var spliced = new byte[json.Length + added.Length];
        json.AsSpan(0, at).CopyTo(spliced);
        added.CopyTo(spliced, at);
        json.AsSpan(at).CopyTo(spliced.AsSpan(at + added.Length));
        return spliced;
    }

    private byte[] Unspliced(StoredObject stored)
    {
        var (added, at) = (RevisionMember(stored.Revision).Length, _header.MetadataAt);
        var json = new byte[stored.Json.Length - added];
        stored.Json.Span[..at].CopyTo(json);
        stored.Json.Span[(at + added)..].CopyTo(json.AsSpan(at));
        return json;
    }
}
