using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Serialization;

namespace ControlPlane.Journal;

/// <summary>
/// A piece of what one control plane has just committed, told to the others. Nothing is missing between <paramref name="From"/> and
/// <paramref name="To"/>; a lost piece is found by the hole it leaves.
/// </summary>
/// <param name="Rows">The rows as <see cref="FeedPieces"/> writes them.</param>
public sealed record FeedPush(long From, long To, byte[] Rows);

/// <summary>Cuts committed rows into pieces small enough not to hold up other messages, and reads them again.</summary>
/// <remarks>
/// A row, integers little-endian: sequence number, time (int64 each), lengths of id, manifest and message (int32 each), then these three.
/// The message is what the journal stores, so secrets stay encrypted on the way.
/// </remarks>
public static class FeedPieces
{
    /// <summary>A piece ends before it grows past this; only a single larger row makes a larger piece.</summary>
    public const int MaxBytes = 100 * 1024;

    private const int Header = (2 * sizeof(long)) + (3 * sizeof(int));

    public static ImmutableArray<FeedPush> Cut(CommittedRows committed)
    {
        var pieces = ImmutableArray.CreateBuilder<FeedPush>();
        for (var start = 0; start < committed.Rows.Count;)
        {
            var (end, size) = (start, 0);
            while (end < committed.Rows.Count && (end == start || size + Size(committed.Rows[end]) <= MaxBytes)) size += Size(committed.Rows[end++]);
            var bytes = new byte[size];
            var rest = bytes.AsSpan();
            for (var i = start; i < end; i++) rest = Put(rest, committed.Rows[i]);
            pieces.Add(new(committed.From + start, committed.From + end - 1, bytes));
            start = end;
        }
        return pieces.DrainToImmutable();
    }

    /// <exception cref="SerializationException">The bytes are damaged.</exception>
    public static CommittedBatch Read(FeedPush push, int serializerId, ReadEvent read)
    {
        var events = new List<CommittedEvent>();
        try
        {
            for (ReadOnlySpan<byte> rest = push.Rows; !rest.IsEmpty;)
            {
                var (sequenceNr, created) = (BinaryPrimitives.ReadInt64LittleEndian(rest), BinaryPrimitives.ReadInt64LittleEndian(rest[8..]));
                var (id, manifest, message) = (
                    BinaryPrimitives.ReadInt32LittleEndian(rest[16..]), BinaryPrimitives.ReadInt32LittleEndian(rest[20..]), BinaryPrimitives.ReadInt32LittleEndian(rest[24..]));
                rest = rest[Header..];
                var stored = read(rest.Slice(id + manifest, message).ToArray(), serializerId, Encoding.UTF8.GetString(rest.Slice(id, manifest)));
                stored.Committed(push.From + events.Count);
                events.Add(new(Encoding.UTF8.GetString(rest[..id]), sequenceNr, created, stored));
                rest = rest[(id + manifest + message)..];
            }
        }
        catch (ArgumentException damage)
        {
            throw new SerializationException("The pushed piece is damaged.", damage);
        }
        return push.From + events.Count - 1 == push.To
            ? new(push.From, push.To, events)
            : throw new SerializationException($"The pushed piece {push.From}..{push.To} holds {events.Count} events.");
    }

    private static int Size(JournalRow row) =>
        Header + Encoding.UTF8.GetByteCount(row.PersistenceId) + Encoding.UTF8.GetByteCount(row.Manifest) + row.Message.Length;

    private static Span<byte> Put(Span<byte> into, JournalRow row)
    {
        BinaryPrimitives.WriteInt64LittleEndian(into, row.SequenceNr);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], row.Created);
        var id = Encoding.UTF8.GetBytes(row.PersistenceId, into[Header..]);
        var manifest = Encoding.UTF8.GetBytes(row.Manifest, into[(Header + id)..]);
        BinaryPrimitives.WriteInt32LittleEndian(into[16..], id);
        BinaryPrimitives.WriteInt32LittleEndian(into[20..], manifest);
        BinaryPrimitives.WriteInt32LittleEndian(into[24..], row.Message.Length);
        row.Message.CopyTo(into[(Header + id + manifest)..]);
        return into[(Header + id + manifest + row.Message.Length)..];
    }
}

/// <summary>A <see cref="FeedPush"/> between control planes: From and To (int64, little-endian), then the rows.</summary>
public sealed class FeedSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string Push = "p1";

    public override int Identifier => 9102;

    public override string Manifest(object o) => Push;

    public override byte[] ToBinary(object obj)
    {
        var push = (FeedPush)obj;
        var bytes = new byte[(2 * sizeof(long)) + push.Rows.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, push.From);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), push.To);
        push.Rows.CopyTo(bytes, 16);
        return bytes;
    }

    /// <exception cref="SerializationException">The manifest is of a newer version, or the bytes are damaged.</exception>
    public override object FromBinary(byte[] bytes, string manifest) => manifest == Push && bytes.Length >= 16
        ? new FeedPush(BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)), bytes[16..])
        : throw new SerializationException($"Not a pushed piece of the feed: '{manifest}', {bytes.Length} bytes.");
}
