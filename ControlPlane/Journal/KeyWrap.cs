using System.Globalization;
using System.Runtime.Serialization;
using System.Security.Cryptography;
using System.Text;

namespace ControlPlane.Journal;

/// <summary>
/// Encrypts keys under a secret that all members hold in a file and the database never sees: so that a key can be given to them through the database.
/// </summary>
/// <remarks>HKDF-SHA256 (RFC 5869) of the secret, then AES-256-GCM: nonce (12 bytes), tag (16 bytes), cipher text. Bound to what the key is for and its number.</remarks>
public static class KeyWrap
{
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private static readonly byte[] Purpose = Encoding.ASCII.GetBytes("actors: keys that are given to members through the database");

    /// <summary>Wraps a key.</summary>
    /// <param name="secret">What the members share.</param>
    /// <param name="id">The key's number: nothing else opens under it.</param>
    public static byte[] Wrap(ReadOnlySpan<byte> secret, int id, ReadOnlySpan<byte> key)
    {
        var wrapped = new byte[NonceSize + TagSize + key.Length];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceSize));
        using var cipher = Cipher(secret);
        cipher.Encrypt(wrapped.AsSpan(0, NonceSize), key, wrapped.AsSpan(NonceSize + TagSize), wrapped.AsSpan(NonceSize, TagSize), Label(id));
        return wrapped;
    }

    /// <summary>Opens what <see cref="Wrap"/> made.</summary>
    /// <exception cref="SerializationException">It was wrapped with another secret or for another number, or is damaged.</exception>
    public static byte[] Unwrap(ReadOnlySpan<byte> secret, int id, ReadOnlySpan<byte> wrapped)
    {
        if (wrapped.Length < NonceSize + TagSize) throw new SerializationException($"Key {id} in the database is damaged.");
        var key = new byte[wrapped.Length - NonceSize - TagSize];
        using var cipher = Cipher(secret);
        try
        {
            cipher.Decrypt(wrapped[..NonceSize], wrapped[(NonceSize + TagSize)..], wrapped.Slice(NonceSize, TagSize), key, Label(id));
        }
        catch (CryptographicException cause)
        {
            throw new SerializationException($"Key {id} in the database can't be opened with this member's pki/agents.key.", cause);
        }
        return key;
    }

    private static AesGcm Cipher(ReadOnlySpan<byte> secret)
    {
        Span<byte> own = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, own, [], Purpose);
        return new(own, TagSize);
    }

    private static byte[] Label(int id) => Encoding.ASCII.GetBytes("key " + id.ToString(CultureInfo.InvariantCulture));
}
