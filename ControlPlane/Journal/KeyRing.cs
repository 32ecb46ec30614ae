using System.Buffers.Binary;
using System.Runtime.Serialization;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Shared.Api;

namespace ControlPlane.Journal;

/// <summary>
/// The keys that keep secrets from being readable in the database: AES-256-GCM with a random nonce, bound to the object's key. The ring is a
/// file beside the data, readable by its owner only, one <c>id base64</c> line per key; all of them decrypt, and which one encrypts the database says
/// (until it was asked, the last). Keys that others made are learned from the database, in which they lie wrapped (<see cref="KeyWrap"/>), before anything that is
/// encrypted with them is read.
/// </summary>
/// <remarks>Envelope: key id (int32, little-endian), nonce (12 bytes), tag (16 bytes), cipher text.</remarks>
public sealed class KeyRing : IExtension
{
    private const int IdSize = sizeof(int);
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int KeySize = 32;

    // Secrets, and the keys of service account tokens.
    private static readonly GroupResource[] Protected = [new("", "secrets"), new("internal.actors.io", "signingkeys")];
    private readonly Lock _learning = new();
    private readonly string _path;
    private readonly Lazy<byte[]> _shared;
    private KeyRingState _state;

    private KeyRing(string path, KeyRingState state, string? sharedFile)
    {
        (_path, _state) = (path, state);
        _shared = new(
            () => sharedFile is not null && File.Exists(sharedFile)
                ? Convert.FromHexString(File.ReadAllText(sharedFile).Trim())
                : throw new SerializationException($"There is no {sharedFile ?? "pki/agents.key"}: keys can't be taken from the database."),
            LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>The ring of this system, from the file named by <c>actors.journal.key-ring</c>; the file is made where there is none.</summary>
    public static KeyRing Get(ActorSystem system) => system.WithExtension<KeyRing, Provider>();

    /// <summary>Whether objects of this resource are encrypted at rest.</summary>
    public static bool Protects(GroupResource resource) => Array.IndexOf(Protected, resource) >= 0;

    /// <summary>What the persistence ids of protected objects begin with.</summary>
    public static IEnumerable<string> ProtectedPrefixes => Protected.Select(resource => $"{resource.Group}/{resource.Resource}/");

    /// <summary>Reads the ring, or makes one with a single new key.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sharedFile">What keys in the database are wrapped with; needed where the ring has to learn or to make keys.</param>
    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public static KeyRing Load(string path, string? sharedFile = null)
    {
        if (!File.Exists(path)) KeyRingFile.Create(path, KeySize);
        var (keys, current) = KeyRingFile.Read(path, KeySize);
        return new(path, new(keys, current, []), sharedFile);
    }

    /// <summary>The fingerprints of the keys in the text of a ring's file, by their ids.</summary>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static IReadOnlyDictionary<int, string> FingerprintsOf(string text, string path) =>
        KeyRingFile.Parse(text, path, KeySize).Keys.ToDictionary(key => key.Key, key => Convert.ToHexStringLower(SHA256.HashData(key.Value)));

    /// <summary>A SHA-256 of each key that is not dropped, by its id: tells whether another ring has the same ones, and nothing else.</summary>
    public IReadOnlyDictionary<int, string> Fingerprints
    {
        get
        {
            var now = Now;
            return now.Kept.ToDictionary(id => id, id => Convert.ToHexStringLower(SHA256.HashData(now.Keys[id])));
        }
    }

    /// <summary>Whether the other ring has another key under the same number.</summary>
    public bool Contradicts(KeyRing other) => Fingerprints is var own && other.Fingerprints.Any(key => own.TryGetValue(key.Key, out var print) && print != key.Value);

    /// <summary>The key that this process encrypts with.</summary>
    public int Current => Now.Current;

    /// <summary>Whether the ring has a key.</summary>
    public bool Holds(int id) => Now.Keys.ContainsKey(id);

    /// <summary>Whether the database watches over what is encrypted with a key: it takes nothing under it once it is dropped.</summary>
    public bool IsEnrolled(int id) => Now.Phases.ContainsKey(id);

    /// <summary>Whether something new may be stored under a key.</summary>
    public bool MayStore(int id) => Now.MayStore(id);

    /// <summary>The ring's keys, wrapped for the database, the one that encrypts last.</summary>
    /// <exception cref="SerializationException">The secret that members share is missing.</exception>
    public IReadOnlyList<EncryptionKey> Wrapped()
    {
        var now = Now;
        return [.. now.Kept.OrderBy(id => id == now.Current).ThenBy(id => id).Select(id => new EncryptionKey(id, KeyPhase.Known, KeyWrap.Wrap(_shared.Value, id, now.Keys[id])))];
    }

    /// <summary>Makes a key, which is nowhere but in the result yet.</summary>
    /// <returns>The key, wrapped, and its fingerprint.</returns>
    /// <exception cref="SerializationException">The secret that members share is missing.</exception>
    public (EncryptionKey Key, string Fingerprint) New(int id)
    {
        var key = RandomNumberGenerator.GetBytes(KeySize);
        return (new(id, KeyPhase.Known, KeyWrap.Wrap(_shared.Value, id, key)), Convert.ToHexStringLower(SHA256.HashData(key)));
    }

    /// <summary>
    /// Takes over what the database says: the keys that are missing here, which one encrypts, which are dropped. The file is written before anything is encrypted with a new
    /// key. A dropped key leaves the file at once and memory with the process: what was read from the database a moment ago may still need it.
    /// </summary>
    /// <returns>Why keys are still missing, if any are; empty if not.</returns>
    public string Learn(IReadOnlyList<EncryptionKey> stored)
    {
        lock (_learning)
        {
            var fault = "";
            var (before, after) = (Now, Now.Learned(stored, Unwrap));
            if (after.Current != before.Current || !after.Kept.Order().SequenceEqual(before.Kept.Order())) KeyRingFile.Write(_path, after.Kept, after.Keys, after.Current);
            Volatile.Write(ref _state, after);
            return fault;

            byte[]? Unwrap(EncryptionKey key)
            {
                try
                {
                    return KeyWrap.Unwrap(_shared.Value, key.Id, key.Wrapped);
                }
                catch (SerializationException cause)
                {
                    fault = cause.Message;
                    return null;
                }
            }
        }
    }

    /// <summary>Encrypts under the current key.</summary>
    /// <param name="boundTo">What the cipher text belongs to: it opens for nothing else.</param>
    public byte[] Seal(ReadOnlySpan<byte> clear, string boundTo)
    {
        var now = Now;
        var envelope = new byte[IdSize + NonceSize + TagSize + clear.Length];
        BinaryPrimitives.WriteInt32LittleEndian(envelope, now.Current);
        var nonce = envelope.AsSpan(IdSize, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(now.Keys[now.Current], TagSize);
        cipher.Encrypt(nonce, clear, envelope.AsSpan(IdSize + NonceSize + TagSize), envelope.AsSpan(IdSize + NonceSize, TagSize), Encoding.UTF8.GetBytes(boundTo));
        return envelope;
    }

    /// <summary>Decrypts what <see cref="Seal"/> made.</summary>
    /// <exception cref="KeyNotOnRingException">The key is not on the ring.</exception>
    /// <exception cref="SerializationException">The envelope is damaged or of another object.</exception>
    public byte[] Open(ReadOnlySpan<byte> envelope, string boundTo)
    {
        var id = KeyOf(envelope);
        if (!Now.Keys.TryGetValue(id, out var key)) throw new KeyNotOnRingException($"Key {id} is not on the key ring: {boundTo} cannot be read.");
        var clear = new byte[envelope.Length - IdSize - NonceSize - TagSize];
        using var cipher = new AesGcm(key, TagSize);
        try
        {
            cipher.Decrypt(envelope.Slice(IdSize, NonceSize), envelope[(IdSize + NonceSize + TagSize)..], envelope.Slice(IdSize + NonceSize, TagSize), clear, Encoding.UTF8.GetBytes(boundTo));
        }
        catch (CryptographicException cause)
        {
            throw new SerializationException($"{boundTo} cannot be decrypted: it is damaged or was encrypted for another object or with another key.", cause);
        }
        return clear;
    }

    /// <summary>The id of the key that an envelope was made with.</summary>
    public static int KeyOf(ReadOnlySpan<byte> envelope) => BinaryPrimitives.ReadInt32LittleEndian(envelope);

    private KeyRingState Now => Volatile.Read(ref _state);

    private sealed class Provider : ExtensionIdProvider<KeyRing>
    {
        public override KeyRing CreateExtension(ExtendedActorSystem system)
        {
            var path = system.Settings.Config.GetString("actors.journal.key-ring", "");
            if (path.Length == 0) throw new ConfigurationException("actors.journal.key-ring names no file: secrets cannot be stored.");
            return Load(path, system.Settings.Config.GetString("actors.journal.shared-secret", ""));
        }
    }
}

/// <summary>Something is encrypted with a key that this process does not have.</summary>
public sealed class KeyNotOnRingException(string message) : SerializationException(message);
