using System.Runtime.Serialization;
using System.Security.Cryptography;
using ControlPlane.Journal;
using Xunit;

namespace Tests.Unit.Encryption;

/// <summary>Keys on their way through the database.</summary>
public sealed class KeyWrapTests
{
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public void Wrapped_key_opens_with_the_same_secret_and_is_never_the_same_twice()
    {
        var wrapped = KeyWrap.Wrap(Secret, 2, Key);
        Assert.Equal(Key, KeyWrap.Unwrap(Secret, 2, wrapped));
        Assert.NotEqual(wrapped, KeyWrap.Wrap(Secret, 2, Key));
        Assert.Equal(-1, wrapped.AsSpan().IndexOf(Key.AsSpan(0, 8)));
    }

    [Fact]
    public void Another_secret_another_number_or_a_changed_byte_opens_nothing()
    {
        var wrapped = KeyWrap.Wrap(Secret, 2, Key);
        Assert.Throws<SerializationException>(() => KeyWrap.Unwrap(RandomNumberGenerator.GetBytes(32), 2, wrapped));
        Assert.Throws<SerializationException>(() => KeyWrap.Unwrap(Secret, 3, wrapped));
        for (var i = 0; i < wrapped.Length; i++)
        {
            var spoiled = (byte[])wrapped.Clone();
            spoiled[i] ^= 1;
            Assert.Throws<SerializationException>(() => KeyWrap.Unwrap(Secret, 2, spoiled));
        }
        for (var length = 0; length < wrapped.Length; length++) Assert.Throws<SerializationException>(() => KeyWrap.Unwrap(Secret, 2, wrapped.AsSpan(0, length)));
    }
}
