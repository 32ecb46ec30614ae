using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.Serialization;
using System.Text;
using System.Text.Json;
using Akka.Actor;
using Akka.Serialization;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Journal;

/// <summary>
/// <see cref="ObjectStored"/> at rest and between control planes. The layout of a manifest is extend-only: a reader passes over what follows
/// the fields it knows. Events of resources that hold secrets have their JSON encrypted, and with it, behind it, who has which fields; key and audit stay readable.
/// </summary>
/// <remarks>
/// Layout 1, integers little-endian, texts and bytes prefixed with their length as a 7-bit encoded integer:
/// flags (byte; 1 = encrypted), group, resource, namespace, name, user, verb, manager (texts), time of the write in UTC ticks (int64), the
/// JSON or its <see cref="KeyRing"/> envelope (bytes), if a command with a number made it or more follows, that number (int64), and, if it is known
/// who has which fields of the object, that (bytes).
/// </remarks>
public sealed class ObjectEventSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Layout 1 of an object that lives on.</summary>
    public const string Stored = "o1";

    /// <summary>Layout 1 of a tombstone.</summary>
    public const string Tombstone = "t1";

    private const byte Encrypted = 1;
    private readonly StringPool _names = new(8192);

    /// <summary>Stored with each event in the journal: never to be changed.</summary>
    public override int Identifier => 9101;

    public override string Manifest(object o) => ((ObjectStored)o).Deleted ? Tombstone : Stored;

    public override byte[] ToBinary(object obj)
    {
        var e = (ObjectStored)obj;
        var encrypted = KeyRing.Protects(e.Key.GroupResource);
        var body = encrypted ? KeyRing.Get(system).Seal([.. e.Json, .. e.Managed], e.Key.ToString()) : e.Json;
        var managed = encrypted ? [] : e.Managed;
        ReadOnlySpan<string> texts = [e.Key.Group, e.Key.Resource, e.Key.Namespace, e.Key.Name, e.Audit.User, e.Audit.Verb, e.Audit.Manager];
        var size = 1 + sizeof(long) + LengthSize(body.Length) + body.Length + (e.Audit.Command == 0 && managed.Length == 0 ? 0 : sizeof(long))
            + (managed.Length == 0 ? 0 : LengthSize(managed.Length) + managed.Length);
        foreach (var text in texts)
        {
            var length = Encoding.UTF8.GetByteCount(text);
            size += LengthSize(length) + length;
        }
        var bytes = new byte[size];
        bytes[0] = encrypted ? Encrypted : (byte)0;
        var rest = bytes.AsSpan(1);
        foreach (var text in texts)
        {
            rest = PutLength(rest, Encoding.UTF8.GetByteCount(text));
            rest = rest[Encoding.UTF8.GetBytes(text, rest)..];
        }
        BinaryPrimitives.WriteInt64LittleEndian(rest, e.Audit.At.UtcTicks);
        rest = PutLength(rest[sizeof(long)..], body.Length);
        body.CopyTo(rest);
        rest = rest[body.Length..];
        if (rest.IsEmpty) return bytes;
        BinaryPrimitives.WriteInt64LittleEndian(rest, e.Audit.Command);
        rest = rest[sizeof(long)..];
        if (!rest.IsEmpty) managed.CopyTo(PutLength(rest, managed.Length));
        return bytes;
    }

    /// <exception cref="SerializationException">The manifest is of a newer version, or the bytes are damaged.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (manifest is not (Stored or Tombstone)) throw new SerializationException($"Events of version '{manifest}' are not known here.");
        try
        {
            ReadOnlySpan<byte> rest = bytes;
            var flags = rest[0];
            rest = rest[1..];
            var (group, resource, @namespace) = (_names.Get(Take(ref rest)), _names.Get(Take(ref rest)), _names.Get(Take(ref rest)));
            var key = new ObjectKey(group, resource, @namespace, Encoding.UTF8.GetString(Take(ref rest)));
            var (user, verb, manager) = (_names.Get(Take(ref rest)), _names.Get(Take(ref rest)), _names.Get(Take(ref rest)));
            var at = new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(rest), TimeSpan.Zero);
            rest = rest[sizeof(long)..];
            var body = Take(ref rest);
            byte[] managed = [];
            var json = (flags & Encrypted) == 0 ? body.ToArray() : Parted(KeyRing.Get(system).Open(body, key.ToString()), out managed);
            var command = 0L;
            if (!rest.IsEmpty)
            {
                command = BinaryPrimitives.ReadInt64LittleEndian(rest);
                rest = rest[sizeof(long)..];
                if (!rest.IsEmpty) managed = Take(ref rest).ToArray();
            }
            return new ObjectStored(key, json, manifest == Tombstone, new(user, verb, manager, at) { Command = command }, managed);
        }
        catch (Exception damage) when (damage is ArgumentException or IndexOutOfRangeException or JsonException)
        {
            throw new SerializationException("The event is damaged.", damage);
        }
    }

    /// <summary>
    /// The key a stored event is encrypted with; 0: it is not encrypted. Null where <paramref name="message"/> is only the beginning of an event and does not tell.
    /// </summary>
    /// <exception cref="SerializationException">The bytes are damaged.</exception>
    public static int? KeyOf(ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty) throw new SerializationException("The event is empty.");
        if ((message[0] & Encrypted) == 0) return 0;
        return TryFindBody(message, out var at, out _, out _) && message.Length - at >= sizeof(int) ? KeyRing.KeyOf(message[at..]) : null;
    }

    /// <summary>The same event, encrypted with the ring's current key; all but the envelope is as it was, byte for byte, and so is its length.</summary>
    /// <exception cref="SerializationException">It can't be decrypted, or is damaged.</exception>
    public static byte[] Renew(byte[] message, KeyRing ring)
    {
        if (!TryFindBody(message, out var at, out var length, out var key) || message.Length - at < length) throw new SerializationException("The event is damaged.");
        var renewed = (byte[])message.Clone();
        ring.Seal(ring.Open(message.AsSpan(at, length), key), key).CopyTo(renewed, at);
        return renewed;
    }

    /// <summary>The JSON that bytes begin with, and what follows it.</summary>
    private static byte[] Parted(byte[] bytes, out byte[] rest)
    {
        var reader = new Utf8JsonReader(bytes, isFinalBlock: false, new(ObjectLimits.Reader));
        if (!reader.Read() || !reader.TrySkip()) throw new JsonException("The JSON is cut off.");
        var end = (int)reader.BytesConsumed;
        rest = bytes[end..];
        return rest.Length == 0 ? bytes : bytes[..end];
    }

    private static bool TryFindBody(ReadOnlySpan<byte> message, out int at, out int length, out string key)
    {
        (at, length, key) = (0, 0, "");
        try
        {
            var rest = message[1..];
            var (group, resource) = (Encoding.UTF8.GetString(Take(ref rest)), Encoding.UTF8.GetString(Take(ref rest)));
            key = new ObjectKey(group, resource, Encoding.UTF8.GetString(Take(ref rest)), Encoding.UTF8.GetString(Take(ref rest))).ToString();
            for (var text = 0; text < 3; text++) Take(ref rest);
            rest = rest[sizeof(long)..];
            for (var shift = 0; ; shift += 7)
            {
                var part = rest[0];
                rest = rest[1..];
                length |= (part & 0x7f) << shift;
                if (part < 0x80) break;
            }
            at = message.Length - rest.Length;
            return true;
        }
        catch (Exception tooShort) when (tooShort is ArgumentException or IndexOutOfRangeException)
        {
            return false;
        }
    }

    private static int LengthSize(int length)
    {
        var size = 1;
        for (; length >= 0x80; length >>= 7) size++;
        return size;
    }

    private static Span<byte> PutLength(Span<byte> into, int length)
    {
        var i = 0;
        for (; length >= 0x80; length >>= 7) into[i++] = (byte)(length | 0x80);
        into[i++] = (byte)length;
        return into[i..];
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest)
    {
        var (length, shift, i) = (0, 0, 0);
        for (; rest[i] >= 0x80; shift += 7) length |= (rest[i++] & 0x7f) << shift;
        length |= rest[i++] << shift;
        var taken = rest.Slice(i, length);
        rest = rest[(i + length)..];
        return taken;
    }
}
