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
/// file beside the data, readable by its owner only, one <c>id base64</c> line per key; the last key encrypts, all of them decrypt. Every
/// control plane on one database needs the same file.
/// </summary>
/// <remarks>Envelope: key id (int32, little-endian), nonce (12 bytes), tag (16 bytes), cipher text.</remarks>
public sealed class KeyRing : IExtension
{
    private const int IdSize = sizeof(int);
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int KeySize = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly GroupResource[] Protected = [new("", "secrets")];
    private readonly Dictionary<int, byte[]> _keys;
    private readonly int _current;

    private KeyRing(Dictionary<int, byte[]> keys, int current) => (_keys, _current) = (keys, current);

    /// <summary>The ring of this system, from the file named by <c>actors.journal.key-ring</c>; the file is made where there is none.</summary>
    public static KeyRing Get(ActorSystem system) => system.WithExtension<KeyRing, Provider>();

    /// <summary>Whether objects of this resource are encrypted at rest.</summary>
    public static bool Protects(GroupResource resource) => Array.IndexOf(Protected, resource) >= 0;

    /// <summary>Reads the ring, or makes one with a single new key.</summary>
    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public static KeyRing Load(string path)
    {
        if (!File.Exists(path)) Create(path);
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Reads the text of a ring's file.</summary>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static KeyRing Parse(string text, string path)
    {
        var keys = new Dictionary<int, byte[]>();
        var current = 0;
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0) continue;
            var key = new byte[KeySize];
            if (parts.Length != 2 || !int.TryParse(parts[0], out current) || !Convert.TryFromBase64String(parts[1], key, out var size) || size != KeySize)
            {
                throw new InvalidDataException($"{path} is not a key ring: each line is an id and a base64 key of {KeySize} bytes.");
            }
            keys[current] = key;
        }
        return keys.Count > 0 ? new(keys, current) : throw new InvalidDataException($"{path} holds no key.");
    }

    /// <summary>A SHA-256 of each key, by its id: tells whether another ring has the same ones, and nothing else.</summary>
    public IReadOnlyDictionary<int, string> Fingerprints => _keys.ToDictionary(key => key.Key, key => Convert.ToHexStringLower(SHA256.HashData(key.Value)));

    /// <summary>Encrypts under the current key.</summary>
    /// <param name="boundTo">What the cipher text belongs to: it opens for nothing else.</param>
    public byte[] Seal(ReadOnlySpan<byte> clear, string boundTo)
    {
        var envelope = new byte[IdSize + NonceSize + TagSize + clear.Length];
        BinaryPrimitives.WriteInt32LittleEndian(envelope, _current);
        var nonce = envelope.AsSpan(IdSize, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(_keys[_current], TagSize);
        cipher.Encrypt(nonce, clear, envelope.AsSpan(IdSize + NonceSize + TagSize), envelope.AsSpan(IdSize + NonceSize, TagSize), Encoding.UTF8.GetBytes(boundTo));
        return envelope;
    }

    /// <summary>Decrypts what <see cref="Seal"/> made.</summary>
    /// <exception cref="SerializationException">The key is not on the ring, or the envelope is damaged or of another object.</exception>
    public byte[] Open(ReadOnlySpan<byte> envelope, string boundTo)
    {
        var id = BinaryPrimitives.ReadInt32LittleEndian(envelope);
        if (!_keys.TryGetValue(id, out var key)) throw new SerializationException($"Key {id} is not on the key ring: {boundTo} cannot be read.");
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

    private static void Create(string path)
    {
        var made = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using (var file = new FileStream(made, options))
        {
            file.Write(Encoding.ASCII.GetBytes($"1 {Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeySize))}\n"));
            file.Flush(flushToDisk: true);
        }
        try
        {
            // Of two processes that start at once, one makes the ring and both use it.
            File.Move(made, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(made);
        }
    }

    private sealed class Provider : ExtensionIdProvider<KeyRing>
    {
        public override KeyRing CreateExtension(ExtendedActorSystem system)
        {
            var path = system.Settings.Config.GetString("actors.journal.key-ring", "");
            return path.Length > 0 ? Load(path) : throw new ConfigurationException("actors.journal.key-ring names no file: secrets cannot be stored.");
        }
    }
}
