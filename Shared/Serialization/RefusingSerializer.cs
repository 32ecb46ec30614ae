using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Shared.Serialization;

/// <summary>
/// Stands where Akka has its JSON serializer, the one that makes any type a peer names, and, where agents come in, those of Akka's own messages. Nothing needs
/// them: a message that comes here says so instead of working until someone abuses it.
/// </summary>
public sealed class RefusingSerializer : Serializer
{
    public RefusingSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <param name="settings">Akka's settings for the serializer that stood here; of no meaning to this one.</param>
    public RefusingSerializer(ExtendedActorSystem system, Config settings)
        : base(system) => _ = settings;

    /// <summary>The identifier of the serializer it replaces.</summary>
    public override int Identifier => 1;

    public override bool IncludeManifest => true;

    public override byte[] ToBinary(object obj) => throw new SerializationException($"{obj.GetType()} has no serializer: bind it to one.");

    public override object FromBinary(byte[] bytes, Type type) => throw new SerializationException("Messages without a serializer of their own are refused.");
}
