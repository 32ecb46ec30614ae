using System.Text;
using Akka.Actor;
using Akka.TestKit;
using NodeActor.Agent;
using NodeActor.Pods;
using Shared.Api;
using Shared.Protocol;
using Tests.Cluster.NodeLink;
using Tests.Support;
using Xunit;

namespace Tests.Actors.NodesAgent;

/// <summary>Agents of one node that follow one another, with what the first one noted for the next.</summary>
public sealed class AgentCheckpointTests : ActorTest
{
    private static readonly NodeName Node = new("node-1");
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private readonly string _folder = Directory.CreateTempSubdirectory("agent-").FullName;
    private readonly TestAuthority _authority = new();
    private readonly AgentClock _time = new();
    private readonly TestProbe _link;
    private TestProbe _pods;
    private IActorRef _agent = ActorRefs.Nobody;

    public AgentCheckpointTests()
        : base("""akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """) =>
        (_link, _pods) = (CreateTestProbe("link"), CreateTestProbe("pods"));

    private string CheckpointFile => Path.Combine(_folder, "state", "lease.json");

    [Fact]
    public void Agent_started_while_cut_off_fences_what_the_one_before_it_left_when_that_ones_lease_is_over()
    {
        Run();
        Register();
        Sync();
        _pods.FishForMessage(message => message is DesiredPod { Uid.Value: "uid-db" });
        Advance(2);

        Restart();
        Advance(3);
        _pods.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        Advance(2);
        var fence = (FencePods)_pods.FishForMessage(message => message is FencePods);
        Assert.Equal(("uid-db", "db", Lease + Grace - TimeSpan.FromSeconds(7)), (Assert.Single(fence.Pods).Key.Value, fence.Pods.Values.Single().Name, fence.Grace));
    }

    [Fact]
    public void Agent_started_after_the_lease_was_over_fences_at_once_and_gives_no_grace_that_is_used_up()
    {
        Run();
        Register();
        Sync();
        _pods.FishForMessage(message => message is DesiredPod { Uid.Value: "uid-db" });
        Sys.Stop(_agent);
        _time.Pass(TimeSpan.FromMinutes(10));
        Restart();
        Advance(1);
        var fence = (FencePods)_pods.FishForMessage(message => message is FencePods);
        Assert.Equal(TimeSpan.Zero, fence.Grace);
        Assert.Single(fence.Pods);
    }

    [Fact]
    public void Agent_that_registers_before_the_lease_is_over_stops_nothing()
    {
        Run();
        Register();
        Sync();
        _pods.FishForMessage(message => message is DesiredPod { Uid.Value: "uid-db" });
        Restart();
        Register();
        Sync();
        Advance(5);
        while (_pods.HasMessages) Assert.IsNotType<FencePods>(_pods.ReceiveOne(TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public void Checkpoint_of_another_boot_says_nothing()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(CheckpointFile)!);
        File.WriteAllBytes(CheckpointFile, new LeaseCheckpoint("another boot", 7, TimeSpan.Zero, Grace, [new("default", "db", "uid-db")]).ToJson());
        Run();
        for (var i = 0; i < 10; i++) Advance(1);
        _pods.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Pod_that_must_not_run_twice_is_not_started_where_it_cannot_be_noted()
    {
        File.WriteAllText(Path.Combine(_folder, "state"), "a file where a folder should be");
        Run();
        Register();
        Sync();
        Assert.Equal("uid-web", _pods.ExpectMsg<DesiredPod>().Uid.Value);
        _pods.ExpectMsg<PodsSynced>();
        _pods.ExpectMsg<PodObjects>();
        _pods.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void Checkpoint_is_for_its_owner_only()
    {
        if (OperatingSystem.IsWindows()) return;
        Run();
        Register();
        Sync();
        _pods.FishForMessage(message => message is DesiredPod { Uid.Value: "uid-db" });
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(CheckpointFile));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(CheckpointFile)!));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Run()
    {
        var options = new AgentOptions(Node) { Address = "10.0.0.1", CheckpointFile = CheckpointFile };
        var pods = _pods.Ref;
        var parts = new AgentParts(_link, _authority.Node(Node.Value).Own, _ => Props.Create(() => new Forwarder(pods)), null, _time);
        _agent = Sys.ActorOf(AgentActor.Props(options, NodeDescription.Create(options, NodeCapacity.Hollow, "test://1"), NodeCapacity.Hollow, parts));
    }

    private void Restart()
    {
        Watch(_agent);
        Sys.Stop(_agent);
        ExpectTerminated(_agent);
        while (_link.HasMessages) _link.ReceiveOne(TimeSpan.Zero);
        _pods = CreateTestProbe();
        Run();
    }

    private void Register()
    {
        var asked = (AskChallenge)_link.FishForMessage(message => message is AskChallenge);
        _agent.Tell(new NodeChallenge(Node, asked.Instance, [1]));
        _agent.Tell(new NodeRegistered(Node, 7, asked.Instance, "uid-node", "10.244.1.0/24", "10.244.0.0/16", "10.96.0.0/16", new(Lease, Grace), [1]));
        _pods.ExpectMsg<HostProfile>();
    }

    private void Sync()
    {
        var pull = (PullChanges)((TicketedRequest)_link.FishForMessage(message => message is TicketedRequest { Request: PullChanges })).Request;
        _agent.Tell(new NodeChanges(Node, 7, pull.Sequence, 40, true, "", [Pod("web", ""), Pod("db", """{ "kind": "StatefulSet", "name": "db" }""")]));
    }

    private void Advance(double seconds)
    {
        _agent.Tell(new Identify(0), TestActor);
        ExpectMsg<ActorIdentity>();
        _time.Pass(TimeSpan.FromSeconds(seconds));
        ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromSeconds(seconds));
    }

    private static NodeChange Pod(string name, string owner) => new(new("", "pods", "default", name), 30, Encoding.UTF8.GetBytes($$"""
        { "metadata": { "name": "{{name}}", "uid": "uid-{{name}}", "ownerReferences": [{{owner}}] }, "spec": {}, "status": { "phase": "Running" } }
        """), false);
}
