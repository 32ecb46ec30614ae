using System.Buffers.Binary;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace ControlPlane.Membership;

/// <summary>What members tell each other of themselves.</summary>
public interface IMembershipMessage;

/// <summary>A sign of life, several times a second.</summary>
/// <param name="Shards">What the sender hosts, a bit for each shard.</param>
public sealed record MemberPulse(long Shards) : IMembershipMessage;

/// <summary>Writes and reads <see cref="IMembershipMessage"/>s and <see cref="TouchShard"/>: few bytes, many times.</summary>
public sealed class MembershipSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string Pulse = "p1";
    private const string Touch = "s1";

    /// <summary>Binds the messages to this serializer.</summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString(
        """
        akka.actor {
          serializers.membership = "ControlPlane.Membership.MembershipSerializer, ControlPlane"
          serialization-bindings {
            "ControlPlane.Membership.IMembershipMessage, ControlPlane" = membership
            "ControlPlane.Membership.TouchShard, ControlPlane" = membership
          }
          serialization-identifiers {
            "ControlPlane.Membership.MembershipSerializer, ControlPlane" = 112
          }
        }
        """);

    /// <inheritdoc/>
    public override int Identifier => 112;

    /// <inheritdoc/>
    public override string Manifest(object o) => o is TouchShard ? Touch : Pulse;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, obj is TouchShard touch ? touch.Shard : ((MemberPulse)obj).Shards);
        return bytes;
    }

    /// <exception cref="SerializationException">The manifest is of a newer version, or the bytes are damaged.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (bytes.Length < sizeof(long)) throw new SerializationException($"{bytes.Length} bytes are no message between members.");
        var number = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return manifest switch
        {
            Pulse => new MemberPulse(number),
            Touch when number is >= 0 and < Shards.Count => new TouchShard((int)number),
            _ => throw new SerializationException($"'{manifest}' is no message between members that is known here."),
        };
    }
}
