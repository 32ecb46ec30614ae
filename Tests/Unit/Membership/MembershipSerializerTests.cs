using System.Runtime.Serialization;
using Akka.Actor;
using ControlPlane.Membership;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Membership;

public sealed class MembershipSerializerTests : ActorTest
{
    private readonly MembershipSerializer _serializer;

    public MembershipSerializerTests() => _serializer = new((ExtendedActorSystem)Sys);

    public static TheoryData<object> Messages => [new MemberPulse(0), new MemberPulse(Shards.All), new TouchShard(0), new TouchShard(Shards.Count - 1)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void What_members_tell_each_other_comes_out_as_it_went_in(object message) =>
        Assert.Equal(message, _serializer.FromBinary(_serializer.ToBinary(message), _serializer.Manifest(message)));

    [Fact]
    public void Anything_else_is_refused()
    {
        var touch = _serializer.ToBinary(new TouchShard(Shards.Count));
        Assert.Throws<SerializationException>(() => _serializer.FromBinary(touch, "s1"));
        Assert.Throws<SerializationException>(() => _serializer.FromBinary(touch, "x"));
        Assert.Throws<SerializationException>(() => _serializer.FromBinary([1], "p1"));
    }

    [Fact]
    public void Beacon_is_known_by_its_id_and_no_object_has_one()
    {
        Assert.Equal(17, TouchShard.ShardOf(new TouchShard(17).EntityId));
        Assert.Null(TouchShard.ShardOf(JournalSystem.ConfigMap("~17").ToString()));
        Assert.Null(TouchShard.ShardOf("~"));
    }
}
