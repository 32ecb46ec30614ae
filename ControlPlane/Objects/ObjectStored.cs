using System.Buffers.Text;
using System.Text.Json;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>Who made a write, when, through which verb and field manager.</summary>
public sealed record WriteAudit(string User, string Verb, string Manager, DateTimeOffset At);

/// <summary>
/// The one event an object's actor persists: the whole new object, or, with <see cref="Deleted"/>, its last state as a tombstone.
/// <see cref="Json"/> is stored without <c>metadata.resourceVersion</c>: the journal allots the revision while it commits, and
/// <see cref="ToStored"/> splices it in.
/// </summary>
public sealed class ObjectStored
{
    private StoredObject? _stored;
    private readonly int _metadata;

    /// <param name="key">The object's identity.</param>
    /// <param name="json">UTF-8 JSON with a non-empty <c>metadata</c> object that has no resourceVersion.</param>
    /// <param name="deleted">Whether this is the object's tombstone.</param>
    /// <param name="audit">Who wrote it.</param>
    /// <exception cref="ArgumentException">There is no metadata object to hold the revision.</exception>
    public ObjectStored(ObjectKey key, byte[] json, bool deleted, WriteAudit audit)
    {
        (Key, Json, Deleted, Audit) = (key, json, deleted, audit);
        _metadata = FindMetadata(json);
    }

    public ObjectKey Key { get; }
    public byte[] Json { get; }
    public bool Deleted { get; }
    public WriteAudit Audit { get; }

    /// <summary>The revision the event was committed at; 0 until then.</summary>
    public long Revision { get; private set; }

    /// <summary>Told by the journal after the commit and before the persist callback runs, or when the event is read back.</summary>
    public void Committed(long revision)
    {
        Revision = revision;
        _stored = null;
    }

    /// <summary>The committed version with its resourceVersion. The same instance on every call.</summary>
    public StoredObject ToStored() => _stored ??= new(Key, Splice(), Revision);

    private byte[] Splice()
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(Revision, digits, out var length);
        var before = "\"resourceVersion\":\""u8;
        var after = "\","u8;
        var spliced = new byte[Json.Length + before.Length + length + after.Length];
        var rest = spliced.AsSpan();
        Json.AsSpan(0, _metadata).CopyTo(rest);
        rest = rest[_metadata..];
        before.CopyTo(rest);
        digits[..length].CopyTo(rest[before.Length..]);
        after.CopyTo(rest[(before.Length + length)..]);
        Json.AsSpan(_metadata).CopyTo(rest[(before.Length + length + after.Length)..]);
        return spliced;
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
