using Akka.Actor;
using Akka.TestKit;
using NodeActor.Agent;
using NodeActor.Agent.Health;
using NodeActor.Hollow;
using NodeActor.Pods;
using Shared.Api;
using Shared.Protocol;
using Tests.Cluster.NodeLink;
using Tests.Support;
using Xunit;

namespace Tests.Actors.NodesAgent;

/// <summary>What an agent tells of what its node and its pods use, over virtual time; the test is the control plane and the pods.</summary>
public sealed class AgentUsageTests : ActorTest
{
    private static readonly NodeName Node = new("node-1");
    private static readonly PodUse Web = new(new("uid-web"), DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(15), [new("main", 3, 4), new("log", 5, 6)]);
    private readonly TestAuthority _authority = new();
    private readonly AgentClock _time = new();
    private readonly TestProbe _link;
    private readonly TestProbe _pods;
    private IActorRef _agent = ActorRefs.Nobody;

    public AgentUsageTests()
        : base("""akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """) =>
        (_link, _pods) = (CreateTestProbe("link"), CreateTestProbe("pods-probe"));

    [Fact]
    public void Pods_are_asked_every_quarter_of_a_minute_once_the_node_is_registered()
    {
        Run(null);
        Register();
        Advance(1);
        Assert.Equal(TimeSpan.FromSeconds(15), Asked().Every);
        for (var i = 0; i < 14; i++) Advance(1);
        _pods.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        Advance(1);
        Asked();
    }

    [Fact]
    public void Ticks_that_come_late_do_not_add_up()
    {
        Run(null);
        Register();
        Advance(1);
        Asked();
        var asked = 0;
        for (var i = 0; i < 75; i++)
        {
            Advance(2);
            Settle();
            while (_pods.HasMessages) asked += _pods.ReceiveOne(TimeSpan.FromSeconds(3)) is SampleUsage ? 1 : 0;
        }
        Assert.Equal(10, asked);
    }

    [Fact]
    public void Node_tells_its_machines_use_with_that_of_its_pods_and_each_once()
    {
        var cpu = TimeSpan.Zero;
        Run(() => new(cpu, 7));
        Register();
        Advance(1);
        Asked();
        _agent.Tell(new PodsUsed([Web]));
        var first = Reported();
        Assert.Null(first.Own);
        Assert.Equal((7, "uid-web"), (first.Epoch, Assert.Single(first.Pods).Uid.Value));

        cpu = TimeSpan.FromSeconds(30);
        for (var i = 0; i < 15; i++) Advance(1);
        Asked();
        _agent.Tell(PodsUsed.None);
        var second = Reported();
        Assert.Equal((2_000_000_000, 7, TimeSpan.FromSeconds(15)), (second.Own!.CpuNanocores, second.Own.MemoryBytes, second.Own.Window));
        Assert.Empty(second.Pods);
        _agent.Tell(PodsUsed.None);
        Advance(1);
        NothingReported();
    }

    [Fact]
    public void Machine_that_does_not_tell_is_complained_of_once_and_makes_no_zeros()
    {
        Run(() => throw new IOException("no stat"));
        Register();
        EventFilter.Warning(contains: "no stat").ExpectOne(TimeSpan.FromSeconds(20), () =>
        {
            for (var i = 0; i < 40; i++) Advance(1);
        });
        _agent.Tell(PodsUsed.None);
        Advance(1);
        NothingReported();
    }

    [Fact]
    public void Simulated_node_uses_what_its_pods_use()
    {
        Run(null);
        Register();
        _agent.Tell(new PodsUsed([Web, Web with { Uid = new("other") }]));
        var own = Reported().Own!;
        Assert.Equal((16, 20), (own.CpuNanocores, own.MemoryBytes));
    }

    [Fact]
    public void Agent_that_is_not_registered_tells_nothing()
    {
        Run(null);
        _agent.Tell(new PodsUsed([Web]));
        Advance(1);
        NothingReported();
    }

    [Fact]
    public void Simulated_pods_use_what_their_annotations_say()
    {
        var pods = Sys.ActorOf(HollowPodsActor.Props(TestActor, new(), TimeProvider.System));
        pods.Tell(Desired("plain", "{}"));
        pods.Tell(Desired("busy", """{ "hollow.actors.io/cpu": "250m", "hollow.actors.io/memory": "1Mi" }"""));
        pods.Tell(Desired("wrong", """{ "hollow.actors.io/cpu": "much" }"""));
        Assert.Equal("InvalidUsage", FishForMessage<PodEvent>(told => told.Event.Type == "Warning").Event.Reason);
        Assert.Equal([("busy", 250_000_000, 1 << 20), ("plain", 0, 0)], Used());

        pods.Tell(Desired("busy", """{ "hollow.actors.io/cpu": "1" }"""));
        Assert.Equal([("busy", 1_000_000_000, 0), ("plain", 0, 0)], Used());
        pods.Tell(new PodGone(new("", "pods", "default", "busy"), new("busy")));
        Assert.Equal([("plain", 0, 0)], Used());

        (string, long, long)[] Used()
        {
            pods.Tell(new SampleUsage(TimeSpan.FromSeconds(15)));
            var used = FishForMessage<PodsUsed>(_ => true).Pods;
            Assert.All(used, pod => Assert.Equal(("main", TimeSpan.FromSeconds(15)), (Assert.Single(pod.Containers).Name, pod.Window)));
            return [.. used.Select(pod => (pod.Uid.Value, pod.Containers[0].CpuNanocores, pod.Containers[0].MemoryBytes)).Order()];
        }
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _authority.Dispose();
    }

    private static DesiredPod Desired(string name, string annotations) => new(new("", "pods", "default", name), new(name), System.Text.Encoding.UTF8.GetBytes($$"""
        { "metadata": { "name": "{{name}}", "uid": "{{name}}", "annotations": {{annotations}} }, "spec": { "containers": [{ "name": "main" }] } }
        """), 1);

    private void Run(Func<MachineCounters>? counters)
    {
        var options = new AgentOptions(Node) { Address = "10.0.0.1" };
        var pods = _pods.Ref;
        var parts = new AgentParts(_link, _authority.Node(Node.Value).Own, _ => Props.Create(() => new Forwarder(pods)), null, _time, Counters: counters);
        _agent = Sys.ActorOf(AgentActor.Props(options, NodeDescription.Create(options, NodeCapacity.Hollow, "test://1"), NodeCapacity.Hollow, parts));
    }

    private void Register()
    {
        var asked = (AskChallenge)_link.FishForMessage(message => message is AskChallenge);
        _agent.Tell(new NodeChallenge(Node, asked.Instance, [1]));
        _agent.Tell(new NodeRegistered(Node, 7, asked.Instance, "uid-node", "10.244.1.0/24", "10.244.0.0/16", "10.96.0.0/16", new(TimeSpan.FromHours(1), TimeSpan.FromSeconds(2)), [1]));
        _pods.FishForMessage(message => message is HostProfile);
    }

    private SampleUsage Asked() => _pods.ExpectMsg<SampleUsage>();

    private ReportUsage Reported() => (ReportUsage)((TicketedRequest)_link.FishForMessage(message => message is TicketedRequest { Request: ReportUsage })).Request;

    private void NothingReported()
    {
        Settle();
        while (_link.HasMessages) Assert.False(_link.ReceiveOne(TimeSpan.FromSeconds(3)) is TicketedRequest { Request: ReportUsage });
    }

    private void Settle()
    {
        _agent.Tell(new Identify(0), TestActor);
        FishForMessage(message => message is ActorIdentity);
    }

    private void Advance(double seconds)
    {
        Settle();
        _time.Pass(TimeSpan.FromSeconds(seconds));
        ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromSeconds(seconds));
    }
}
