using System.Reflection;
using Akka.Actor;
using Akka.TestKit;
using ControlPlane.Access.Pki;
using ControlPlane.Nodes.Agents;
using Shared.Api;
using Shared.Hosting;
using Shared.Protocol;
using Tests.Cluster.NodeLink;
using Tests.Support;
using Xunit;

namespace Tests.Actors.Nodes;

/// <summary>Who is heard: the gate before a service that notes what reaches it.</summary>
public sealed class AgentGateTests : ActorTest
{
    private static readonly NodeName Mine = new("node-1");
    private static readonly NodeName Other = new("node-2");
    private readonly TestAuthority _authority = new();
    private readonly Clock _clock = new();
    private readonly AgentTickets _tickets;
    private readonly TestProbe _service;
    private readonly IActorRef _gate;

    public AgentGateTests()
    {
        _tickets = new([1, 2, 3], _clock);
        _service = CreateTestProbe();
        _gate = Sys.ActorOf(AgentGateActor.Props(_service, _tickets, _authority.ControlPlane().Authority, _clock));
    }

    /// <summary>All requests of the protocol but those of a registration: one that is added is tested too.</summary>
    public static TheoryData<string> Requests =>
        [.. typeof(NodeRequest).Assembly.GetTypes().Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(NodeRequest)))
            .Where(type => type != typeof(AskChallenge) && type != typeof(RegisterNode)).Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Requests))]
    public void Request_with_the_ticket_of_its_node_and_epoch_is_passed_on(string type)
    {
        var request = Make(type, Mine, 7);
        _gate.Tell(new TicketedRequest(request, _tickets.Issue(Mine, 7)), TestActor);
        Assert.Same(request, _service.ExpectMsg<NodeRequest>());
        Assert.Equal(TestActor, _service.LastSender);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void Request_for_another_node_or_epoch_is_refused_whatever_it_carries(string type)
    {
        var request = Make(type, Other, 7);
        byte[][] carried =
        [
            _tickets.Issue(Mine, 7),
            _tickets.Issue(Other, 6),
            new AgentTickets([4, 5, 6], _clock).Issue(Other, 7),
            _tickets.Challenge(Other, "7"),
            new byte[40],
            [],
        ];
        foreach (var ticket in carried)
        {
            _gate.Tell(new TicketedRequest(request, ticket), TestActor);
            Refused(request);
        }
        _gate.Tell(request, TestActor);
        Refused(request);
    }

    [Fact]
    public void Ticket_with_any_bit_changed_is_refused()
    {
        var ticket = _tickets.Issue(Mine, 7);
        for (var bit = 0; bit < ticket.Length * 8; bit++)
        {
            var forged = ticket.ToArray();
            forged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(TicketVerdict.Forged, _tickets.Verify(forged, Mine, 7));
        }
    }

    [Fact]
    public void Ticket_that_is_a_day_old_is_refused_and_the_agent_told_to_prove_its_name_again()
    {
        var request = new RenewLease(Mine, 7, 1, 0);
        var ticket = _tickets.Issue(Mine, 7);
        _clock.Now += AgentTickets.TicketLifetime;
        _gate.Tell(new TicketedRequest(request, ticket), TestActor);
        _service.ExpectMsg<RenewLease>();
        _clock.Now += TimeSpan.FromSeconds(1);
        _gate.Tell(new TicketedRequest(request, ticket), TestActor);
        Refused(request);
    }

    [Fact]
    public void Registration_that_is_signed_by_its_node_is_passed_on_and_stays_good_when_repeated()
    {
        var request = Registration(_authority.Node(Mine.Value), Mine);
        for (var i = 0; i < 2; i++)
        {
            _gate.Tell(request, TestActor);
            Assert.Same(request, _service.ExpectMsg<RegisterNode>());
        }
    }

    [Fact]
    public void Registration_of_another_node_is_refused() => IsRefused(Registration(_authority.Node(Mine.Value), Other));

    [Fact]
    public void Registration_with_another_nodes_certificate_and_ones_own_signature_is_refused()
    {
        var request = Registration(_authority.Node(Mine.Value), Other);
        IsRefused(request with { Proof = request.Proof with { Certificate = _authority.Node(Other.Value).Own.RawData } });
    }

    [Fact]
    public void Registration_that_says_something_else_than_was_signed_is_refused()
    {
        var request = Registration(_authority.Node(Mine.Value), Mine);
        IsRefused(request with { NodeJson = [1] });
        IsRefused(request with { Instance = "b" });
    }

    [Fact]
    public void Registration_of_a_foreign_authority_is_refused()
    {
        using var foreign = new TestAuthority();
        IsRefused(Registration(foreign.Node(Mine.Value), Mine));
    }

    [Fact]
    public void Registration_of_a_member_or_a_user_is_refused()
    {
        IsRefused(Registration(_authority.ControlPlane(), Mine));
        IsRefused(Registration(_authority.Issue(CertificateProfile.Administrator), Mine));

        // The user name of a node, without the role.
        IsRefused(Registration(_authority.Issue(CertificateProfile.Node(Mine.Value, []) with { Roles = [] }), Mine));
    }

    [Fact]
    public void Registration_with_an_old_or_foreign_challenge_is_refused()
    {
        IsRefused(Registration(_authority.Node(Mine.Value), Mine, new AgentTickets([9], _clock).Challenge(Mine, "a")));
        IsRefused(Registration(_authority.Node(Mine.Value), Mine, _tickets.Challenge(Mine, "b")));
        IsRefused(Registration(_authority.Node(Mine.Value), Mine, _tickets.Issue(Mine, 7)));
        var request = Registration(_authority.Node(Mine.Value), Mine);
        _clock.Now += AgentTickets.ChallengeLifetime + TimeSpan.FromSeconds(1);
        IsRefused(request);
    }

    [Fact]
    public void Registration_within_a_ticket_is_refused()
    {
        var request = Registration(_authority.Node(Mine.Value), Mine);
        _gate.Tell(new TicketedRequest(request, _tickets.Issue(Mine, 0)), TestActor);
        Refused(request);
    }

    [Fact]
    public void Certificate_that_cannot_be_read_is_refused()
    {
        var request = Registration(_authority.Node(Mine.Value), Mine);
        IsRefused(request with { Proof = request.Proof with { Certificate = [1, 2, 3] } });
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _authority.Dispose();
    }

    private void IsRefused(RegisterNode request)
    {
        _gate.Tell(request, TestActor);
        Refused(request);
    }

    private void Refused(NodeRequest request)
    {
        var refused = ExpectMsg<NodeRefused>();
        Assert.Equal((request.Node, request.Epoch, NodeProtocol.Untrusted), (refused.Node, refused.Epoch, refused.Status.Reason));
        Assert.False(_service.HasMessages);
    }

    private RegisterNode Registration(RemoteIdentity identity, NodeName node, byte[]? challenge = null)
    {
        if (challenge is null)
        {
            _gate.Tell(new AskChallenge(node, "a"), TestActor);
            challenge = ExpectMsg<NodeChallenge>().Challenge;
        }
        return NodeProof.Sign(identity.Own, node, "a", "{}"u8.ToArray(), challenge);
    }

    /// <summary>A request of a type, with values that are of no account to the gate.</summary>
    private static NodeRequest Make(string name, NodeName node, long epoch)
    {
        var type = typeof(NodeRequest).Assembly.GetTypes().Single(type => type.Name == name);
        var constructor = type.GetConstructors().Single();
        return (NodeRequest)constructor.Invoke([.. constructor.GetParameters().Select(parameter => Value(parameter, node, epoch))]);
    }

    private static object? Value(ParameterInfo parameter, NodeName node, long epoch) => parameter.ParameterType switch
    {
        var type when type == typeof(NodeName) => node,
        var type when type == typeof(long) && parameter.Name == "Epoch" => epoch,
        var type when type == typeof(string) => "",
        var type when type == typeof(byte[]) => Array.Empty<byte>(),
        { IsValueType: true } type => Activator.CreateInstance(type),
        _ => null,
    };

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
