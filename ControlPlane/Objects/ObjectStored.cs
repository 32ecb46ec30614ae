using System.Buffers.Text;
using System.Text.Json;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>Who made a write, when, through which verb and field manager.</summary>
public sealed record WriteAudit(string User, string Verb, string Manager, DateTimeOffset At);

/// <summary>
/// The one event an object's actor persists: the whole new object, or, with <see cref="Deleted"/>, its last state as a tombstone.
/// <see cref="Json"/> is stored without <c>metadata.resourceVersion</c>: the journal allots the revision while it commits and
/// <see cref="Committed"/> splices it in. From then on only the spliced bytes are held, so that an object is in memory once.
/// </summary>
public sealed class ObjectStored
{
    private const int LongestRevision = 20;
    private readonly int _metadata;
    private byte[]? _json;
    private StoredObject? _stored;

    /// <param name="key">The object's identity.</param>
    /// <param name="json">UTF-8 JSON with a non-empty <c>metadata</c> object that has no resourceVersion.</param>
    /// <param name="deleted">Whether this is the object's tombstone.</param>
    /// <param name="audit">Who wrote it.</param>
    /// <exception cref="ArgumentException">There is no metadata object to hold the revision.</exception>
    public ObjectStored(ObjectKey key, byte[] json, bool deleted, WriteAudit audit)
    {
        (Key, _json, Deleted, Audit) = (key, json, deleted, audit);
        _metadata = FindMetadata(json);
    }

    public ObjectKey Key { get; }
    public bool Deleted { get; }
    public WriteAudit Audit { get; }

    /// <summary>The object without its resourceVersion. Made anew on each call once the event is committed.</summary>
    public byte[] Json => Volatile.Read(ref _json) ?? Unspliced(_stored!);

    /// <summary>The revision the event was committed at; 0 until then.</summary>
    public long Revision => Volatile.Read(ref _stored)?.Revision ?? 0;

    /// <summary>Told by the journal, once, after the commit and before the persist callback runs, or when the event is read back.</summary>
    public void Committed(long revision)
    {
        Volatile.Write(ref _stored, new(Key, Spliced(Json, revision), revision));
        Volatile.Write(ref _json, null);
    }

    /// <summary>The committed version with its resourceVersion, the same instance on every call; before that, a version 0 without one (dry run).</summary>
    public StoredObject ToStored() => Volatile.Read(ref _stored) ?? new(Key, Json, 0);

    private byte[] Spliced(byte[] json, long revision)
    {
        Span<byte> digits = stackalloc byte[LongestRevision];
        Utf8Formatter.TryFormat(revision, digits, out var length);
        var before = "\"resourceVersion\":\""u8;
        var after = "\","u8;
        var spliced = new byte[json.Length + before.Length + length + after.Length];
        var rest = spliced.AsSpan();
        json.AsSpan(0, _metadata).CopyTo(rest);
        rest = rest[_metadata..];
        before.CopyTo(rest);
        digits[..length].CopyTo(rest[before.Length..]);
        after.CopyTo(rest[(before.Length + length)..]);
        json.AsSpan(_metadata).CopyTo(rest[(before.Length + length + after.Length)..]);
        return spliced;
    }

    private byte[] Unspliced(StoredObject stored)
    {
        Span<byte> digits = stackalloc byte[LongestRevision];
        Utf8Formatter.TryFormat(stored.Revision, digits, out var length);
        var added = "\"resourceVersion\":\"\","u8.Length + length;
        var json = new byte[stored.Json.Length - added];
        stored.Json.Span[.._metadata].CopyTo(json);
        stored.Json.Span[(_metadata + added)..].CopyTo(json.AsSpan(_metadata));
        return json;
    }

    private static int FindMetadata(byte[] json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            if (found && reader.TokenType == JsonTokenType.StartObject) return (int)reader.TokenStartIndex + 1;
            reader.Skip();
        }
        throw new ArgumentException("The object has no metadata.", nameof(json));
    }
}
