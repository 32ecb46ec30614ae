using System.Buffers.Binary;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace ControlPlane.Encryption;

/// <summary>What members say to each other about the keys of secrets: numbers, never keys.</summary>
public interface IKeyMessage;

/// <summary>Read the keys from the database, and answer with <see cref="KeysLearned"/>.</summary>
public sealed record LearnKeys : IKeyMessage
{
    public static LearnKeys Instance { get; } = new();
}

/// <summary>The sender has read the keys.</summary>
/// <param name="Newest">The highest number of a key that it holds.</param>
/// <param name="Writing">The key that it encrypts with.</param>
/// <param name="Dropped">How many dropped keys it knows of, and so has no longer in its file.</param>
public sealed record KeysLearned(int Newest, int Writing, int Dropped) : IKeyMessage;

/// <summary>Something was changed: look at the keys now.</summary>
public sealed record LookAtKeys : IKeyMessage
{
    public static LookAtKeys Instance { get; } = new();
}

/// <summary>Writes and reads <see cref="IKeyMessage"/>s.</summary>
public sealed class KeyMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string Learn = "l1";
    private const string Learned = "k1";
    private const string Look = "n1";

    /// <summary>Binds the messages to this serializer.</summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString(
        """
        akka.actor {
          serializers.keys = "ControlPlane.Encryption.KeyMessageSerializer, ControlPlane"
          serialization-bindings { "ControlPlane.Encryption.IKeyMessage, ControlPlane" = keys }
          serialization-identifiers { "ControlPlane.Encryption.KeyMessageSerializer, ControlPlane" = 113 }
        }
        """);

    /// <inheritdoc/>
    public override int Identifier => 113;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        LearnKeys => Learn,
        KeysLearned => Learned,
        _ => Look,
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        if (obj is not KeysLearned learned) return [];
        var bytes = new byte[3 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, learned.Newest);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(sizeof(int)), learned.Writing);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(2 * sizeof(int)), learned.Dropped);
        return bytes;
    }

    /// <exception cref="SerializationException">The manifest is of a newer version, or the bytes are damaged.</exception>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        Learn => LearnKeys.Instance,
        Look => LookAtKeys.Instance,
        Learned when bytes.Length >= 3 * sizeof(int) => new KeysLearned(At(bytes, 0), At(bytes, 1), At(bytes, 2)),
        _ => throw new SerializationException($"'{manifest}' with {bytes.Length} bytes is no message about keys that is known here."),
    };

    private static int At(byte[] bytes, int index) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(index * sizeof(int)));
}
