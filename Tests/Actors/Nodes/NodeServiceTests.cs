using System.Text;
using Akka.Actor;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Entities;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Agents;
using ControlPlane.Nodes.Drains;
using ControlPlane.Nodes.Leases;
using ControlPlane.Nodes.Registration;
using ControlPlane.Objects;
using ControlPlane.Telemetry.Usage;
using Microsoft.IdentityModel.JsonWebTokens;
using Shared.Api;
using Shared.Protocol;
using Tests.Support;
using Tests.Unit.Nodes;
using Xunit;

namespace Tests.Actors.Nodes;

/// <summary>The agents' gateway over objects that are decided and committed in memory.</summary>
public sealed class NodeServiceTests : ActorTest
{
    private static readonly NodeName Node = new("node-1");
    private readonly ObjectStore _store = new();
    private readonly SwitchedDrain _drain = new();
    private readonly NodeLeases _leases = new(new NodeOptions(), TimeProvider.System);
    private readonly AgentTickets _tickets = new([1, 2, 3], TimeProvider.System);
    private readonly UsageTable _usage;
    private readonly IActorRef _service;

    public NodeServiceTests()
    {
        _usage = new(_store.Cache, TimeProvider.System);
        var services = new ObjectServices(TestCatalogue.Default, _store.Cache, TimeProvider.System, new SilentEvents()) { Objects = Sys.ActorOf(Props.Create(() => new StoreActor(_store))) };
        _service = Sys.ActorOf(NodeServiceActor.Props(services, new(new NodeOptions(), _leases, _tickets, _drain, new(new()), _usage, new(_store.Cache, TimeProvider.System))), "nodes");
    }

    [Fact]
    public void Repeated_registration_gets_the_same_epoch_and_a_new_one_the_next()
    {
        var first = Register("a");
        Assert.Equal(first.Epoch, Register("a").Epoch);
        var second = Register("b");
        Assert.Equal((first.Epoch + 1, first.PodCidr, first.Uid), (second.Epoch, second.PodCidr, second.Uid));
        Assert.Single(_store.Cache.List(PodRangeClaim.Resource).Objects);
    }

    [Fact]
    public void Nodes_that_register_at_once_get_ranges_of_their_own()
    {
        for (var i = 0; i < 20; i++) _service.Tell(new RegisterNode(new($"n-{i}"), "x", NodeJson($"n-{i}"), NoProof), TestActor);
        var ranges = Enumerable.Range(0, 20).Select(_ => ExpectMsg<NodeRegistered>().PodCidr).ToHashSet();
        Assert.Equal(20, ranges.Count);
        Assert.Equal(20, _store.Cache.List(PodRangeClaim.Resource).Objects.Count);
    }

    [Fact]
    public void Node_that_is_made_again_begins_above_every_epoch_of_its_namesake()
    {
        var before = Register("a").Epoch;
        _store.Do(new DeleteObject(NodeView.KeyOf(Node), 0, Propagation.Background, Requester.Controller("test")));
        Assert.True(Register("a").Epoch > before);
    }

    [Fact]
    public void Registration_that_is_no_node_is_refused()
    {
        _service.Tell(new RegisterNode(Node, "a", "["u8.ToArray(), NoProof), TestActor);
        Assert.Equal(400, ExpectMsg<NodeRefused>().Status.Code);
    }

    [Fact]
    public void Request_of_an_older_epoch_is_refused_as_stale_and_changes_nothing()
    {
        var old = Register("a").Epoch;
        Register("b");
        var pod = _store.Put(NodeObjects.Pod("web"));
        _service.Tell(new ReportPodStatus(Node, old, 1, pod.Key, new(pod.Uid), """{ "phase": "Failed" }"""u8.ToArray()), TestActor);
        Assert.Equal(NodeProtocol.StaleEpoch, ExpectMsg<NodeRefused>().Status.Reason);
        Assert.Equal("Running", _store.Cache.Get(pod.Key)!.Header.Phase);
        _service.Tell(new PullChanges(Node, old, 1, 0, "", false), TestActor);
        Assert.Equal(NodeProtocol.StaleEpoch, ExpectMsg<NodeRefused>().Status.Reason);
    }

    [Fact]
    public void Use_is_noted_for_the_current_epoch_only()
    {
        var old = Register("a").Epoch;
        var epoch = Register("b").Epoch;
        _service.Tell(new ReportUsage(Node, old, new(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(15), 1, 2), []), TestActor);
        Assert.Equal(NodeProtocol.StaleEpoch, ExpectMsg<NodeRefused>().Status.Reason);
        Assert.Null(_usage.OfNode(Node.Value));
        _service.Tell(new ReportUsage(Node, epoch, new(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(15), 1, 2), []), TestActor);
        AwaitCondition(() => _usage.OfNode(Node.Value) is { CpuNanocores: 1, MemoryBytes: 2 }, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Node_gets_the_token_that_a_volume_of_its_pod_asks_for_and_no_other()
    {
        var epoch = Register("a").Epoch;
        foreach (var key in SigningKeys.Missing(_store.Cache)) _store.Do(key);
        _store.Put(NodeObjects.Stored(new("", "serviceaccounts", "default", "robot"), """{ "metadata": { "name": "robot", "namespace": "default", "uid": "uid-robot" } }"""));
        var (mine, other) = (Put("mine", "node-1"), Put("other", "node-2"));
        var granted = Ask(mine, "", 3607);
        Assert.Null(granted.Refusal);
        var token = new JsonWebToken(granted.Token);
        Assert.Equal(("system:serviceaccount:default:robot", TokenIssuer.Issuer), (token.Subject, token.Audiences.Single()));
        Assert.Equal("uid-mine", token.GetPayloadValue<System.Text.Json.JsonElement>("kubernetes.io").GetProperty("pod").GetProperty("uid").GetString());
        Assert.DoesNotContain(granted.Token, granted.ToString(), StringComparison.Ordinal);
        Assert.Equal(403, Ask(mine, "vault", 3607).Refusal!.Code);
        Assert.Equal(403, Ask(mine, "", 86_400).Refusal!.Code);
        Assert.Equal(403, Ask(other, "", 3607).Refusal!.Code);
        _store.Put(_store.Cache.Get(new("", "serviceaccounts", "default", "robot"))!, deleted: true);
        Assert.Equal(404, Ask(mine, "", 3607).Refusal!.Code);

        PodToken Ask(StoredObject pod, string audience, long seconds)
        {
            _service.Tell(new AskToken(Node, epoch, pod.Key, new(pod.Uid), audience, seconds), TestActor);
            return ExpectMsg<PodToken>();
        }

        StoredObject Put(string name, string node) => _store.Put(NodeObjects.Stored(new("", "pods", "default", name), $$"""
            { "metadata": { "name": "{{name}}", "namespace": "default", "uid": "uid-{{name}}" }, "spec": { "nodeName": "{{node}}", "serviceAccountName": "robot",
              "volumes": [ { "name": "v", "projected": { "sources": [ { "serviceAccountToken": { "path": "token", "expirationSeconds": 3607 } } ] } } ] } }
            """));
    }

    [Fact]
    public void Report_is_stored_once_however_often_it_comes()
    {
        var epoch = Register("a").Epoch;
        var pod = _store.Put(NodeObjects.Pod("web", ready: false));
        var report = new ReportPodStatus(Node, epoch, 5, pod.Key, new(pod.Uid), """{ "phase": "Running", "podIP": "10.244.0.9" }"""u8.ToArray());
        _service.Tell(report, TestActor);
        Assert.Equal((5, null), (ExpectMsg<ReportResult>() is var answer ? answer.Sequence : 0, answer.Refusal));
        var revision = _store.Cache.Get(pod.Key)!.Revision;
        _service.Tell(report, TestActor);
        Assert.Null(ExpectMsg<ReportResult>().Refusal);
        Assert.Equal(revision, _store.Cache.Get(pod.Key)!.Revision);
    }

    [Fact]
    public void Only_a_pod_that_is_being_deleted_can_be_confirmed_and_then_is_gone()
    {
        var epoch = Register("a").Epoch;
        var pod = _store.Put(NodeObjects.Pod("web"));
        _service.Tell(new ConfirmPodStopped(Node, epoch, 1, pod.Key, new(pod.Uid)), TestActor);
        Assert.Equal("Conflict", ExpectMsg<ReportResult>().Refusal?.Reason);
        _store.Do(new DeleteObject(pod.Key, 30, Propagation.Background, Requester.Controller("test")));
        _service.Tell(new ConfirmPodStopped(Node, epoch, 2, pod.Key, new("another")), TestActor);
        Assert.Equal("NotFound", ExpectMsg<ReportResult>().Refusal?.Reason);
        Assert.NotNull(_store.Cache.Get(pod.Key));
        _service.Tell(new ConfirmPodStopped(Node, epoch, 3, pod.Key, new(pod.Uid)), TestActor);
        Assert.Null(ExpectMsg<ReportResult>().Refusal);
        Assert.Null(_store.Cache.Get(pod.Key));
    }

    [Fact]
    public void Pod_is_drained_when_the_endpoints_and_then_the_proxies_say_so()
    {
        var epoch = Register("a").Epoch;
        var pod = _store.Put(NodeObjects.Pod("web", deleting: true));
        _service.Tell(new RenewLease(Node, epoch, 1, 0), TestActor);
        _service.Tell(new AwaitDrained(Node, epoch, pod.Key, new(pod.Uid)), TestActor);
        _drain.At = 500;
        _service.Tell(new RenewLease(Node, epoch, 2, 499), TestActor);
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));

        _store.Put(NodeObjects.Stored(new("discovery.k8s.io", "endpointslices", "default", "web-1"), """{ "metadata": { "name": "web-1", "namespace": "default", "uid": "s" } }"""));
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        _service.Tell(new RenewLease(Node, epoch, 3, 500), TestActor);
        Assert.Equal(pod.Uid, ExpectMsg<PodDrained>().Uid.Value);
    }

    [Fact]
    public void Registration_brings_a_ticket_for_its_epoch_and_the_terms_of_the_lease()
    {
        var registered = Register("a");
        Assert.Equal(TicketVerdict.Valid, _tickets.Verify(registered.Ticket, Node, registered.Epoch));
        Assert.Equal(TicketVerdict.Forged, _tickets.Verify(registered.Ticket, Node, registered.Epoch + 1));
        Assert.Equal((new NodeOptions().AgentLease, new NodeOptions().FenceGrace), (registered.Terms.Lease, registered.Terms.FenceGrace));
    }

    [Fact]
    public void Pull_is_answered_by_a_snapshot_then_by_what_concerns_the_node_and_nothing_else()
    {
        var epoch = Register("a").Epoch;
        _store.Put(NodeObjects.Pod("mine"));
        _store.Put(NodeObjects.Pod("other", node: "node-2"));
        var snapshot = Pull(epoch, 0, false);
        Assert.True(snapshot.Snapshot);
        Assert.Equal("mine", Assert.Single(snapshot.Items).Key.Name);

        _service.Tell(new PullChanges(Node, epoch, 2, snapshot.To, "", false), TestActor);
        _store.Put(NodeObjects.Pod("other", node: "node-2", ready: false));
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        var changed = _store.Put(NodeObjects.Pod("mine", ready: false));
        var changes = ExpectMsg<NodeChanges>();
        Assert.Equal((2, false, changed.Revision), (changes.Sequence, changes.Snapshot, changes.To));
        Assert.Equal(changed.Revision, Assert.Single(changes.Items).Revision);
    }

    [Fact]
    public void Pull_of_an_agent_this_process_has_not_served_resumes_at_its_revision()
    {
        var epoch = Register("a").Epoch;
        var seen = _store.Put(NodeObjects.Pod("one")).Revision;
        _store.Put(NodeObjects.Pod("two"));
        _store.Put(NodeObjects.Pod("two"), deleted: true);
        var changes = Pull(epoch, seen, false);
        Assert.False(changes.Snapshot);
        var only = Assert.Single(changes.Items);
        Assert.Equal(("two", true), (only.Key.Name, only.Deleted));
    }

    [Fact]
    public void Unconfirmed_changes_are_told_again()
    {
        var epoch = Register("a").Epoch;
        var start = Pull(epoch, 0, false).To;
        _store.Put(NodeObjects.Pod("one"));
        Assert.Equal(Pull(epoch, start, false).Items.Single().Revision, Pull(epoch, start, false).Items.Single().Revision);
    }

    [Fact]
    public void Large_snapshot_comes_in_pages_with_every_object_once()
    {
        var epoch = Register("a").Epoch;
        var padding = new string('x', NodeProtocol.MaxBatchBytes / 3);
        for (var i = 0; i < 10; i++)
        {
            _store.Put(NodeObjects.Stored(new("", "pods", "default", $"p{i}"), $$"""
                { "metadata": { "name": "p{{i}}", "namespace": "default", "uid": "u{{i}}", "annotations": { "a": "{{padding}}" } }, "spec": { "nodeName": "node-1" } }
                """));
        }
        var (names, next, pages) = (new List<string>(), "", 0);
        do
        {
            _service.Tell(new PullChanges(Node, epoch, 1, 0, next, true), TestActor);
            var page = ExpectMsg<NodeChanges>();
            names.AddRange(page.Items.Where(item => item.Key.Resource == "pods").Select(item => item.Key.Name));
            (next, pages) = (page.Continue, pages + 1);
        }
        while (next.Length > 0);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"p{i}"), names);
        Assert.True(pages > 2);
    }

    [Fact]
    public void Heartbeat_of_another_node_wakes_no_agent_and_a_new_pod_range_does()
    {
        var epoch = Register("a").Epoch;
        Pull(epoch, 0, true);
        _store.Put(NodeObjects.Node("node-9", spec: """{ "podCIDR": "10.9.0.0/24" }"""));
        var snapshot = Pull(epoch, 0, true);
        _service.Tell(new PullChanges(Node, epoch, 2, snapshot.To, "", true), TestActor);
        _store.Put(NodeObjects.Node("node-9", spec: """{ "podCIDR": "10.9.0.0/24" }""", ready: "False"));
        ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        _store.Put(NodeObjects.Node("node-9", spec: """{ "podCIDR": "10.8.0.0/24" }"""));
        var change = Assert.Single(ExpectMsg<NodeChanges>().Items);
        Assert.Equal("node-9", change.Key.Name);
        Assert.DoesNotContain("conditions", Encoding.UTF8.GetString(change.Json), StringComparison.Ordinal);
    }

    private NodeRegistered Register(string instance)
    {
        _service.Tell(new RegisterNode(Node, instance, NodeJson(Node.Value), NoProof), TestActor);
        return ExpectMsg<NodeRegistered>();
    }

    private NodeChanges Pull(long epoch, long after, bool services)
    {
        _service.Tell(new PullChanges(Node, epoch, 1, after, "", services), TestActor);
        return ExpectMsg<NodeChanges>();
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _leases.Dispose();
    }

    private static NodeProof NoProof { get; } = new([], [], []);

    private static byte[] NodeJson(string name) => Encoding.UTF8.GetBytes($$"""
        { "metadata": { "name": "{{name}}", "labels": { "kubernetes.io/hostname": "{{name}}" } }, "status": { "conditions": [{ "type": "Ready", "status": "True" }] } }
        """);

    private sealed class SwitchedDrain : IEndpointDrain
    {
        public long? At { get; set; }
        public long? DrainedAt(StoredObject pod, IObjectView view) => At;
    }

    private sealed class SilentEvents : IEventRecorder
    {
        public void Record(EventNote note) { }
    }

    private sealed class StoreActor : ReceiveActor
    {
        public StoreActor(ObjectStore store)
        {
            Receive<ObjectCommand>(command => Sender.Tell(store.Do(command)));
            ReceiveAny(_ => { });
        }
    }
}
