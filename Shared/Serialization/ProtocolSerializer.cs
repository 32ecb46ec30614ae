using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Shared.Serialization;

/// <summary>
/// Hyperion over one closed list of types, in both directions: what is not listed is neither written nor read, whatever a peer sends.
/// A subclass gives the list and the identifier both ends know it by.
/// </summary>
/// <param name="identifier">Unique among all serializers of the cluster; above 40, for Akka's own.</param>
public abstract class ProtocolSerializer(ExtendedActorSystem system, int identifier, ProtocolTypes types) : SerializerWithStringManifest(system)
{
    public override int Identifier => identifier;

    public override string Manifest(object o) => o.GetType().Name;

    /// <exception cref="SerializationException">The type is not listed.</exception>
    public override byte[] ToBinary(object obj)
    {
        if (!types.Allows(obj.GetType())) throw new SerializationException($"{obj.GetType()} is not a message that may be sent.");
        using var stream = new MemoryStream();
        types.Hyperion.Serialize(obj, stream);
        return stream.ToArray();
    }

    /// <exception cref="SerializationException">The manifest is not listed, or the bytes are not what it says.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        var type = types.Find(manifest) ?? throw new SerializationException($"'{manifest}' is not a message that may be received.");
        using var stream = new MemoryStream(bytes, writable: false);
        var hyperion = types.Hyperion;
        object? read;
        try
        {
            read = hyperion.Deserialize(stream);
        }
        catch (Exception e) when (e is not (SerializationException or OutOfMemoryException))
        {
            // Whatever the bytes did to the reader, the caller has to know one thing: they are no message.
            throw new SerializationException($"The bytes are not a {type.Name}.", e);
        }
        return read?.GetType() == type ? read : throw new SerializationException($"The bytes are not a {type.Name}.");
    }
}
