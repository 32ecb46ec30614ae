using System.Collections;
using System.Reflection;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using Shared.Api;
using Shared.Protocol;
using Shared.Serialization;
using Xunit;

namespace Tests.Unit.NodesProtocol;

public sealed class NodeMessageSerializerTests() : TestKit(ProtocolConfig.Config)
{
    private static readonly NodeName Node = new("node-1");
    private static readonly ObjectKey Pod = new("", "pods", "default", "web-1");
    private static readonly PodUid Uid = new("5f1c");
    private static readonly DateTimeOffset At = new(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private static readonly ApiStatus Refusal = ApiStatus.Invalid("apps", "Deployment", "web", [new("FieldValueRequired", "Required value", "spec.template")]);

    public static TheoryData<INodeMessage> Messages =>
    [
        new RegisterNode(Node, "a1", "{}"u8.ToArray(), new([1], [2], [3])),
        new NodeRegistered(Node, 7, "a1", "uid", "10.244.1.0/24", "10.244.0.0/16", "10.96.0.0/16", new(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(2)), [1, 2]),
        new AskChallenge(Node, "a1"),
        new NodeChallenge(Node, "a1", [1, 2, 3]),
        new TicketedRequest(new RenewLease(Node, 7, 12, -1), [1, 2]),
        new TicketedRequest(new ReportPodStatus(Node, 7, 9, Pod, Uid, [1]), []),
        new NodeRefused(Node, 7, Refusal),
        new RenewLease(Node, 7, 12, -1),
        new LeaseRenewed(Node, 7, 12),
        new ReportNodeStatus(Node, 7, [1, 2, 3]),
        new PullChanges(Node, 7, 3, 4711, "pods/default/a", true),
        new NodeChanges(Node, 7, 3, 4712, true, "", [new(Pod, 4712, [1], false), new(Pod, 4713, [], true), NodeChange.Withdrawn(Pod)]),
        new NodeChanges(Node, 7, 3, 4712, false, "", []),
        new ReportPodStatus(Node, 7, 9, Pod, Uid, new byte[200_000]),
        new ConfirmPodStopped(Node, 7, 9, Pod, Uid),
        new ReportResult(Node, 7, 9, Pod, Uid, Refusal),
        new ReportResult(Node, 7, 9, Pod, Uid, null),
        new AwaitDrained(Node, 7, Pod, Uid),
        new PodDrained(Node, Pod, Uid),
        new ConfirmVolumeRemoved(Node, 7, new("", "persistentvolumes", "", "pvc-1"), "5f1c"),
        new ReportUsage(Node, 7, new(At, TimeSpan.FromSeconds(15), 5, 6), [new(Uid, At, TimeSpan.FromSeconds(14), [new("web", 1, 2), new("log", 3, 4)]), new(new("5f1d"), At, TimeSpan.FromSeconds(1), [])]),
        new ReportUsage(Node, 7, null, []),
        new AskToken(Node, 7, Pod, Uid, "vault", 3600),
        new PodToken(Node, 7, Pod, Uid, "", 3607, "a.b.c", null),
        new PodToken(Node, 7, Pod, Uid, "", 3607, "", Refusal),
        new RecordEvents(Node, 7, [new("Pod", "default", "web-1", "5f1c", "spec.containers{web}", "Normal", "Started", "Started container web")]),
    ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_written_and_read_is_equal(INodeMessage message)
    {
        var serializer = Assert.IsType<NodeMessageSerializer>(Sys.Serialization.FindSerializerFor(message));
        var read = serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message));
        Assert.Equal(Describe(message), Describe(read));
        Assert.IsType(message.GetType(), read);
    }

    [Fact]
    public void List_holds_every_message_of_the_protocol()
    {
        var declared = typeof(INodeMessage).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(INodeMessage)));
        Assert.Equal(declared.Select(type => type.Name).Order(), NodeMessageSerializer.Types.Messages.Select(type => type.Name).Order());
        Assert.Equal(NodeMessageSerializer.Types.Messages.Select(type => type.Name).Order(), Enumerable.Select(Messages, (object[] row) => row[0].GetType().Name).Distinct().Order());
    }

    [Fact]
    public void Unlisted_type_is_not_written()
    {
        var serializer = Create();
        Assert.Throws<SerializationException>(() => serializer.ToBinary(new Unlisted("x")));
        Assert.Throws<SerializationException>(() => serializer.ToBinary(Pod));
    }

    [Fact]
    public void Unlisted_type_is_not_read_whatever_the_manifest_says()
    {
        var open = new Hyperion.Serializer(new Hyperion.SerializerOptions(false, false, null, null, null, false, null, false, Hyperion.DisabledTypeFilter.Instance));
        using var stream = new MemoryStream();
        open.Serialize(new Unlisted("x"), stream);
        Unlisted.Made = 0;
        var serializer = Create();
        Assert.Throws<SerializationException>(() => serializer.FromBinary(stream.ToArray(), nameof(Unlisted)));
        Assert.Throws<SerializationException>(() => serializer.FromBinary(stream.ToArray(), nameof(LeaseRenewed)));
        Assert.Throws<SerializationException>(() => serializer.FromBinary([], nameof(LeaseRenewed)));
        Assert.Equal(0, Unlisted.Made);
    }

    [Fact]
    public void Listed_message_under_another_manifest_is_refused()
    {
        var serializer = Create();
        var bytes = serializer.ToBinary(new LeaseRenewed(Node, 1, 2));
        Assert.Throws<SerializationException>(() => serializer.FromBinary(bytes, nameof(NodeRefused)));
    }

    [Fact]
    public void Type_without_binding_has_no_serializer_in_either_direction()
    {
        var serializer = Sys.Serialization.FindSerializerForType(typeof(Unlisted));
        Assert.IsType<RefusingSerializer>(serializer);
        Assert.Throws<SerializationException>(() => serializer.ToBinary(new Unlisted("x")));
        Assert.Throws<SerializationException>(() => Sys.Serialization.Deserialize("{}"u8.ToArray(), 1, typeof(Unlisted)));
    }

    private NodeMessageSerializer Create() => new((ExtendedActorSystem)Sys);

    // Records compare arrays by reference; the tree of values is what must survive.
    private static string Describe(object? value) => value switch
    {
        null => "null",
        byte[] bytes => Convert.ToHexString(bytes),
        string text => $"'{text}'",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Describe))}]",
        _ when value.GetType().Assembly == typeof(INodeMessage).Assembly => $"{value.GetType().Name} {{ {string.Join(", ", value.GetType()
            .GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => $"{property.Name} = {Describe(property.GetValue(value))}"))} }}",
        _ => FormattableString.Invariant($"{value}"),
    };

    public sealed class Unlisted
    {
        public static int Made;

        public Unlisted(string value)
        {
            Made++;
            Value = value;
        }

        public string Value { get; set; }
    }
}
