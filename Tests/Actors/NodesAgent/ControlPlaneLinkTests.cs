using Akka.Actor;
using Akka.TestKit;
using NodeActor.Agent;
using Shared.Api;
using Shared.Protocol;
using Tests.Support;
using Xunit;

namespace Tests.Actors.NodesAgent;

/// <summary>The way to the control plane, between agents and two node services that the test plays, over virtual time.</summary>
public sealed class ControlPlaneLinkTests : ActorTest
{
    private static readonly NodeName Node = new("node-1");
    private readonly Clock _time = new();
    private readonly TestProbe _first;
    private readonly TestProbe _second;
    private readonly TestProbe _agent;
    private readonly IActorRef _link;

    public ControlPlaneLinkTests()
        : base("""akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """)
    {
        (_first, _second, _agent) = (CreateTestProbe("first"), CreateTestProbe("second"), CreateTestProbe("agent"));
        _agent.IgnoreMessages(message => message is ControlPlaneLink.ControlPlaneFound);
        foreach (var probe in new[] { _first, _second }) probe.IgnoreMessages(message => message is AskChallenge { Instance: ControlPlaneLink.OwnInstance });
        _link = Sys.ActorOf(ControlPlaneLink.PropsTo([.. new[] { _first, _second }.Select(probe => probe.Ref.Path.ToStringWithoutAddress())], _time));
    }

    [Fact]
    public void Answer_goes_to_the_agent_of_the_node_it_names()
    {
        var other = CreateTestProbe();
        Send(Renewal(1), _agent);
        Send(new TicketedRequest(new RenewLease(new("node-2"), 1, 2, 0), []), other);
        _first.ExpectMsg<TicketedRequest>();
        _first.ExpectMsg<TicketedRequest>();
        Answer(_first, new LeaseRenewed(new("node-2"), 1, 2));
        Assert.Equal(2, other.ExpectMsg<LeaseRenewed>().Sequence);
        Answer(_first, new LeaseRenewed(Node, 1, 1));
        Assert.Equal(1, _agent.ExpectMsg<LeaseRenewed>().Sequence);
    }

    [Fact]
    public void Every_agent_is_told_when_a_control_plane_answers_after_a_silence_and_not_at_every_answer()
    {
        var other = CreateTestProbe();
        _agent.IgnoreNoMessages();
        Send(Renewal(1), _agent);
        Send(new TicketedRequest(new RenewLease(new("node-2"), 1, 2, 0), []), other);
        Answer(_first, new LeaseRenewed(Node, 1, 1));
        _agent.ExpectMsg<LeaseRenewed>();
        _agent.ExpectMsg<ControlPlaneLink.ControlPlaneFound>();
        other.ExpectMsg<ControlPlaneLink.ControlPlaneFound>();
        Answer(_first, new LeaseRenewed(Node, 1, 2));
        _agent.ExpectMsg<LeaseRenewed>();
        _agent.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Until_a_control_plane_answers_only_signs_of_life_are_sent()
    {
        Send(new TicketedRequest(new PullChanges(Node, 1, 1, 0, "", true), []), _agent);
        Send(new AskChallenge(Node, "a"), _agent);
        _first.ExpectMsg<AskChallenge>();
        Answer(_first, new NodeChallenge(Node, "a", []));
        _agent.ExpectMsg<NodeChallenge>();
        Send(new TicketedRequest(new PullChanges(Node, 1, 1, 0, "", true), []), _agent);
        Assert.IsType<PullChanges>(_first.ExpectMsg<TicketedRequest>().Request);
    }

    [Fact]
    public void Signs_of_life_of_many_nodes_are_let_through_a_few_at_a_time()
    {
        for (var i = 0; i < 100; i++) Send(new AskChallenge(new($"n-{i}"), "a"), _agent);
        Settle();
        Assert.Equal(ControlPlaneLink.ProbesAtOnce, Drain(_first));
        Check();
        for (var i = 0; i < 100; i++) Send(new AskChallenge(new($"n-{i}"), "a"), _agent);
        Settle();
        Assert.Equal(ControlPlaneLink.ProbesAtOnce, Drain(_first));
    }

    [Fact]
    public void Silence_turns_to_the_next_control_plane_and_back_again()
    {
        Send(Renewal(1), _agent);
        Answer(_first, new LeaseRenewed(Node, 1, 1));
        _agent.ExpectMsg<LeaseRenewed>();
        Send(Renewal(2), _agent);
        _time.Pass(ControlPlaneLink.Patience);
        Check();
        Send(Renewal(3), _agent);
        Assert.Equal(3, ((RenewLease)_second.ExpectMsg<TicketedRequest>().Request).Sequence);
        _time.Pass(ControlPlaneLink.Patience);
        Check();
        Drain(_first);
        Send(Renewal(4), _agent);
        Assert.Equal(4, ((RenewLease)_first.ExpectMsg<TicketedRequest>().Request).Sequence);
    }

    [Fact]
    public void Control_plane_that_answers_in_time_is_kept()
    {
        for (var i = 1; i <= 10; i++)
        {
            Send(Renewal(i), _agent);
            _first.ExpectMsg<TicketedRequest>();
            _time.Pass(ControlPlaneLink.Patience / 2);
            Answer(_first, new LeaseRenewed(Node, 1, i));
            _agent.ExpectMsg<LeaseRenewed>();
            Check();
        }
        Assert.False(_second.HasMessages);
    }

    [Fact]
    public void Held_pull_is_no_silence()
    {
        Send(Renewal(1), _agent);
        Answer(_first, new LeaseRenewed(Node, 1, 1));
        _agent.ExpectMsg<LeaseRenewed>();
        Send(new TicketedRequest(new PullChanges(Node, 1, 1, 5, "", true), []), _agent);
        _time.Pass(TimeSpan.FromSeconds(10));
        Check();
        Send(Renewal(2), _agent);
        Settle();
        Assert.False(_second.HasMessages);
    }

    [Fact]
    public void Next_control_plane_is_found_while_the_actor_of_the_Node_still_moves()
    {
        _second.IgnoreNoMessages();
        _agent.IgnoreNoMessages();
        Send(Renewal(1), _agent);
        Answer(_first, new LeaseRenewed(Node, 1, 1));
        _agent.ExpectMsg<LeaseRenewed>();
        _agent.ExpectMsg<ControlPlaneLink.ControlPlaneFound>();
        Send(Renewal(2), _agent);
        _time.Pass(ControlPlaneLink.Patience);
        Check();
        var asked = _second.ExpectMsg<AskChallenge>();
        Assert.Equal(Node, asked.Node);
        Answer(_second, new NodeChallenge(Node, asked.Instance, [1]));
        _agent.ExpectMsg<ControlPlaneLink.ControlPlaneFound>();
        Send(new TicketedRequest(new PullChanges(Node, 1, 1, 0, "", true), []), _agent);
        Assert.IsType<PullChanges>(_second.ExpectMsg<TicketedRequest>().Request);
        Assert.False(_agent.HasMessages);
    }

    [Fact]
    public void One_that_is_there_but_leaves_renewals_unanswered_is_left_in_the_end()
    {
        _second.IgnoreNoMessages();
        Send(Renewal(1), _agent);
        for (var waited = TimeSpan.Zero; waited < ControlPlaneLink.LeasePatience; waited += ControlPlaneLink.Patience / 2)
        {
            Assert.False(_second.HasMessages);
            _time.Pass(ControlPlaneLink.Patience / 2);
            Answer(_first, new NodeChallenge(Node, ControlPlaneLink.OwnInstance, []));
            Send(Renewal(2), _agent);
            Check();
        }
        _second.ExpectMsg<AskChallenge>();
    }

    [Fact]
    public void Nobody_is_asked_while_nothing_is_waited_for()
    {
        _first.IgnoreNoMessages();
        Send(Renewal(1), _agent);
        _first.ExpectMsg<TicketedRequest>();
        Check();
        _first.ExpectMsg<AskChallenge>();
        Answer(_first, new LeaseRenewed(Node, 1, 1));
        _time.Pass(TimeSpan.FromMinutes(1));
        Check();
        Assert.False(_first.HasMessages);
    }

    private static TicketedRequest Renewal(long sequence) => new(new RenewLease(Node, 1, sequence, 0), [1]);

    private void Send(INodeMessage message, TestProbe agent)
    {
        _link.Tell(message, agent);
        Settle();
    }

    private void Answer(TestProbe from, NodeAnswer answer)
    {
        _link.Tell(answer, from);
        Settle();
    }

    private void Check()
    {
        _link.Tell(ControlPlaneLink.CheckDue.Instance);
        Settle();
    }

    private void Settle()
    {
        _link.Tell(new Identify(0), TestActor);
        ExpectMsg<ActorIdentity>();
    }

    private static int Drain(TestProbe probe)
    {
        var count = 0;
        while (probe.HasMessages)
        {
            probe.ReceiveOne(TimeSpan.Zero);
            count++;
        }
        return count;
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks;
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => Volatile.Read(ref _ticks);
        public void Pass(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    }
}
