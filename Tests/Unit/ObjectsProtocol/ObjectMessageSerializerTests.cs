using System.Runtime.Serialization;
using Akka.Actor;
using ControlPlane.Hosting;
using ControlPlane.Nodes.Usage;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Serialization;
using Xunit;

namespace Tests.Unit.ObjectsProtocol;

public sealed class ObjectMessageSerializerTests(ObjectMessageSerializerTests.Process process) : IClassFixture<ObjectMessageSerializerTests.Process>
{
    private Akka.Serialization.Serialization Serialization => process.System.Serialization;

    /// <summary>Found by reflection: what is not on the closed list fails here.</summary>
    public static TheoryData<Type> Messages => [.. Sample.Implementations(typeof(ObjectCommand)), .. Sample.Implementations(typeof(ObjectResult)), typeof(Reconcile), typeof(UsageNews)];

    public static TheoryData<Type> Patches => [.. Sample.Implementations(typeof(IObjectPatch))];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_written_and_read_is_equal(Type type) => AssertSame(Sample.Make(type));

    [Theory]
    [MemberData(nameof(Patches))]
    public void Patch_within_its_command_is_equal(Type type) =>
        AssertSame((PatchObject)Sample.Make(typeof(PatchObject)) with { Patch = (IObjectPatch)Sample.Make(type) });

    [Fact]
    public void Members_without_a_value_stay_so()
    {
        var by = new Requester("", "", []);
        var key = new ObjectKey("", "pods", "", "");
        AssertSame(new DeleteObject(key, null, Propagation.Background, by));
        AssertSame(new PatchObject(key, new ControlPlane.Workloads.Patches.DisownPatch([]), "", by));
        AssertSame(new ObjectRejected(key, ApiStatus.NotFound(key)));
        AssertSame(new ObjectAccepted(new(key, "{}"u8.ToArray(), 1), false));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    [MemberData(nameof(Patches))]
    public void Message_holds_data_only(Type type)
    {
        Assert.True(type.IsSealed, $"{type} can be extended");
        foreach (var property in type.GetProperties())
        {
            Assert.False(property.PropertyType.IsAssignableTo(typeof(Delegate)), $"{type.Name}.{property.Name} is code");
            Assert.False(property.PropertyType.IsAssignableTo(typeof(System.Text.Json.Nodes.JsonNode)), $"{type.Name}.{property.Name} can be changed");
        }
    }

    [Fact]
    public void Unlisted_type_does_not_cross()
    {
        var serializer = (ObjectMessageSerializer)Serialization.FindSerializerForType(typeof(ObjectCommand));
        Assert.Throws<SerializationException>(() => serializer.ToBinary(new Unlisted(new("", "pods", "", ""), new("", "", []))));
        var patch = (PatchObject)Sample.Make(typeof(PatchObject)) with { Patch = new UnlistedPatch() };
        Assert.Throws<SerializationException>(() => serializer.FromBinary(serializer.ToBinary(patch), serializer.Manifest(patch)));
    }

    private void AssertSame(object message)
    {
        var serializer = Assert.IsType<ObjectMessageSerializer>(Serialization.FindSerializerFor(message));
        var read = serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message));
        Assert.IsType(message.GetType(), read);
        Assert.Equal(Sample.Describe(message), Sample.Describe(read));
    }

    /// <summary>A system with the product's serializers, which take a while to build.</summary>
    public sealed class Process : IAsyncLifetime
    {
        public ActorSystem System { get; } = ActorSystem.Create("process", ObjectMessageSerializer.Config.WithFallback(ProtocolConfig.Config));

        public Task InitializeAsync() => Task.CompletedTask;

        public Task DisposeAsync() => System.Terminate();
    }

    private sealed record Unlisted(ObjectKey Key, Requester By) : ObjectCommand(Key, By);

    private sealed record UnlistedPatch : IObjectPatch
    {
        public PatchOutcome Apply(System.Text.Json.Nodes.JsonObject current, KindDefinition kind) => current;
    }
}
