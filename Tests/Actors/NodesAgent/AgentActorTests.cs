using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.TestKit;
using NodeActor.Agent;
using NodeActor.Networking;
using NodeActor.Pods;
using Shared.Api;
using Shared.Protocol;
using Tests.Support;
using Xunit;

namespace Tests.Actors.NodesAgent;

/// <summary>One agent between a control plane and pods that the test plays, over virtual time.</summary>
public sealed class AgentActorTests : ActorTest
{
    private static readonly NodeName Node = new("node-1");
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);
    private readonly ManualTime _time = new();
    private readonly TestProbe _link;
    private readonly TestProbe _pods;
    private readonly X509Certificate2 _certificate = SelfSigned();
    private readonly IActorRef _agent;
    private PullChanges? _pull;
    private byte[] _ticket = [];

    public AgentActorTests()
        : base("""akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """)
    {
        (_link, _pods) = (CreateTestProbe("link"), CreateTestProbe("pods-probe"));
        var options = new AgentOptions(Node) { Address = "10.0.0.1" };
        var parts = new AgentParts(_link, _certificate, _ => Props.Create(() => new ForwardActor(_pods.Ref)), null, _time);
        _agent = Sys.ActorOf(AgentActor.Props(options, NodeDescription.Create(options, NodeCapacity.Hollow, "test://1"), NodeCapacity.Hollow, parts), "agent");
    }

    [Fact]
    public void Registration_asks_for_a_challenge_and_is_signed_with_the_certificates_key()
    {
        var asked = Sent<AskChallenge>();
        Tell(new NodeChallenge(Node, "another attempt", [9]));
        Tell(new NodeChallenge(Node, asked.Instance, [1, 2, 3]));
        var registration = Sent<RegisterNode>();
        Assert.Equal((asked.Instance, _certificate.Thumbprint), (registration.Instance, X509CertificateLoader.LoadCertificate(registration.Proof.Certificate).Thumbprint));
        Assert.Equal([1, 2, 3], registration.Proof.Challenge);
        Assert.True(registration.Proof.Verify(_certificate, registration));
        Assert.False(registration.Proof.Verify(_certificate, registration with { Instance = "b" }));
        Assert.False(registration.Proof.Verify(_certificate, registration with { Node = new("b") }));
        Assert.False(registration.Proof.Verify(_certificate, registration with { NodeJson = [] }));
    }

    [Fact]
    public void Registration_is_repeated_as_the_same_attempt_and_then_begun_anew()
    {
        var first = Sent<AskChallenge>();
        Advance(1);
        Assert.Equal(first.Instance, Sent<AskChallenge>().Instance);
        Tell(new NodeChallenge(Node, first.Instance, [1]));
        Assert.Equal(first.Instance, Sent<RegisterNode>().Instance);
        Advance(1);
        Assert.Equal(first.Instance, Sent<RegisterNode>().Instance);
        Advance(2);
        Assert.NotEqual(first.Instance, LastSent<AskChallenge>().Instance);
    }

    [Fact]
    public void Every_request_after_the_registration_carries_its_ticket()
    {
        Register(7);
        Sent<RenewLease>();
        Assert.Equal([7, 7], _ticket);
        Sent<PullChanges>();
        Assert.Equal([7, 7], _ticket);
    }

    [Theory]
    [InlineData(NodeProtocol.StaleEpoch)]
    [InlineData(NodeProtocol.Untrusted)]
    public void Agent_that_is_not_believed_any_more_proves_its_name_again(string reason)
    {
        Register(7);
        Sync();
        Tell(new NodeRefused(Node, 7, new ApiStatus(409, reason, "")));
        Assert.NotEqual(LastInstance, Sent<AskChallenge>().Instance);
    }

    [Fact]
    public void What_a_control_plane_took_with_it_is_asked_of_the_next()
    {
        Register(7);
        var lost = Sent<PullChanges>();
        _agent.Tell(ControlPlaneLink.ControlPlaneFound.Instance);
        var again = Sent<PullChanges>();
        Assert.Equal((lost.After, lost.Continue), (again.After, again.Continue));
        Assert.NotEqual(lost.Sequence, again.Sequence);
    }

    [Fact]
    public void Pods_of_a_snapshot_are_handed_down_and_synced_with_the_last_page()
    {
        Register(7);
        var pull = Sent<PullChanges>();
        Assert.Equal((0, ""), (pull.After, pull.Continue));
        Tell(new NodeChanges(Node, 7, pull.Sequence, 40, true, "more", [Pod("a", 30)]));
        Handed<DesiredPod>();
        pull = Sent<PullChanges>();
        Assert.Equal("more", pull.Continue);
        Tell(new NodeChanges(Node, 7, pull.Sequence, 40, true, "", [Pod("b", 31)]));
        Handed<DesiredPod>();
        Assert.Equal(2, Handed<PodsSynced>().Pods.Count);
        Assert.Equal(40, Handed<PodObjects>().Complete);
        Assert.Equal(40, Sent<PullChanges>().After);
    }

    [Fact]
    public void ConfigMaps_and_Secrets_are_handed_down_whenever_they_change_and_with_every_newer_pod()
    {
        Register(7);
        Sync(Pod("web", 30), Used("configmaps", "page", 20), Used("secrets", "tls", 21));
        Change(50, Used("configmaps", "page", 50));
        Assert.Equal(("page:50 tls:21", 50L), Shown());
        Change(60, Pod("db", 55));
        Handed<DesiredPod>();
        Assert.Equal(("page:50 tls:21", 60L), Shown());
        Change(70);
        Change(80, NodeChange.Withdrawn(new("", "secrets", "default", "tls")));
        Assert.Equal(("page:50", 80L), Shown());

        (string, long) Shown()
        {
            var shown = Handed<PodObjects>();
            return (string.Join(' ', shown.Objects.Values.OrderBy(one => one.Key.Name).Select(one => $"{one.Key.Name}:{one.Revision}")), shown.Complete);
        }
    }

    [Fact]
    public void Rest_of_what_is_told_at_one_revision_is_asked_for()
    {
        Register(7);
        Sync();
        Tell(new NodeChanges(Node, 7, _pull!.Sequence, 49, false, "50/4/default/tls", [Used("secrets", "tls", 20)]));
        Assert.Equal(49, Handed<PodObjects>().Complete);
        _pull = Sent<PullChanges>();
        Assert.Equal((49, "50/4/default/tls"), (_pull.After, _pull.Continue));
        Change(50, Pod("web", 50));
        Assert.Equal((50, ""), (_pull.After, _pull.Continue));
    }

    [Fact]
    public void Answer_to_an_earlier_pull_or_epoch_has_no_effect()
    {
        Register(7);
        var pull = Sent<PullChanges>();
        Tell(new NodeChanges(Node, 6, pull.Sequence, 40, true, "", [Pod("a", 30)]));
        Tell(new NodeChanges(Node, 7, pull.Sequence - 1, 40, true, "", [Pod("a", 30)]));
        Tell(new NodeChanges(Node, 7, pull.Sequence, 41, true, "", [Pod("b", 30)]));
        Tell(new NodeChanges(Node, 7, pull.Sequence, 41, true, "", [Pod("c", 30)]));
        Assert.Equal("b", Handed<DesiredPod>().Pod.Name);
        Assert.Single(Handed<PodsSynced>().Pods);
        Handed<PodObjects>();
        _pods.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Agent_that_cannot_renew_fences_only_what_must_not_run_twice_and_lifts_it_when_all_is_known_anew()
    {
        Register(7);
        Sync(Pod("web", 30), Pod("db", 31, """{ "kind": "StatefulSet", "name": "db" }"""));
        for (var i = 0; i < 6; i++) Advance(1);
        var fence = Handed<FencePods>();
        Assert.Equal(("uid-db", TimeSpan.FromSeconds(2)), (Assert.Single(fence.Pods).Key.Value, fence.Grace));

        Tell(new LeaseRenewed(Node, 7, LastSent<RenewLease>().Sequence));
        var pull = Sent<PullChanges>();
        Assert.Equal(0, pull.After);
        _pods.ExpectNoMsg(TimeSpan.FromMilliseconds(50));

        Tell(new NodeChanges(Node, 7, pull.Sequence, 50, true, "", [Pod("web", 30)]));
        Assert.Equal("uid-db", Handed<PodGone>().Uid.Value);
        Handed<PodsSynced>();
        Assert.Empty(Handed<FencePods>().Pods);
    }

    [Fact]
    public void Fence_that_was_coming_down_goes_up_again_when_the_lease_is_lost_meanwhile()
    {
        Register(7);
        Sync(Pod("db", 31, """{ "kind": "StatefulSet", "name": "db" }"""));
        for (var i = 0; i < 6; i++) Advance(1);
        Handed<FencePods>();
        Tell(new LeaseRenewed(Node, 7, LastSent<RenewLease>().Sequence));
        var pull = Sent<PullChanges>();
        for (var i = 0; i < 6; i++) Advance(1);
        Assert.Single(Handed<FencePods>().Pods);
        Tell(new NodeChanges(Node, 7, pull.Sequence, 50, true, "", [Pod("db", 31, """{ "kind": "StatefulSet", "name": "db" }""")]));
        while (_pods.HasMessages) Assert.IsNotType<FencePods>(_pods.ReceiveOne(TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public void Agent_whose_renewals_are_answered_is_never_fenced()
    {
        Register(7);
        Sync(Pod("db", 31, """{ "kind": "StatefulSet", "name": "db" }"""));
        for (var i = 0; i < 20; i++)
        {
            Advance(1);
            Tell(new LeaseRenewed(Node, 7, LastSent<RenewLease>().Sequence));
        }
        _pods.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Stale_epoch_registers_anew_pulls_a_snapshot_and_reports_again_without_stopping_a_pod()
    {
        Register(7);
        Sync(Pod("db", 31, """{ "kind": "StatefulSet", "name": "db" }"""));
        var before = LastInstance;
        _agent.Tell(new PodStatusChanged(new("", "pods", "default", "db"), new("uid-db"), Encoding.UTF8.GetBytes("""{ "phase": "Running" }""")));
        Tell(new NodeRefused(Node, 6, new ApiStatus(409, NodeProtocol.StaleEpoch, "")));
        Tell(new NodeRefused(Node, 7, new ApiStatus(409, NodeProtocol.StaleEpoch, "")));
        Assert.NotEqual(before, Challenge().Instance);
        Register(8);
        Assert.Equal(8, Sent<RenewLease>().Epoch);
        Assert.Equal(0, Sent<PullChanges>().After);
        Assert.Equal(8, Sent<ReportPodStatus>().Epoch);
        _pods.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Agent_whose_node_counts_as_lost_tells_its_status()
    {
        Register(7);
        Sync();
        Advance(1);
        Tell(new LeaseRenewed(Node, 7, LastSent<RenewLease>().Sequence, WantsStatus: true));
        Assert.Equal(7, Sent<ReportNodeStatus>().Epoch);
    }

    [Fact]
    public void Runtime_that_is_down_makes_the_node_NotReady_at_once_and_this_is_repeated()
    {
        Register(7);
        Sync();
        _agent.Tell(new RuntimeTrouble("container runtime is down: connection refused"));
        Assert.Equal(("False", "KubeletNotReady", "container runtime is down: connection refused"), Ready(Sent<ReportNodeStatus>()));
        Advance(2);
        Assert.Equal("False", Ready(Sent<ReportNodeStatus>()).Status);
        _agent.Tell(new RuntimeTrouble(""));
        Assert.Equal(("True", "KubeletReady", "kubelet is posting ready status"), Ready(Sent<ReportNodeStatus>()));
    }

    [Fact]
    public void Route_that_fails_is_a_condition_and_an_event_of_the_node_until_it_works()
    {
        Register(7);
        Sync();
        _agent.Tell(new NetworkReport("", "10.244.2.0/24: no way"));
        Assert.Equal(("False", "RouteFailed", "10.244.2.0/24: no way"), Condition(Sent<ReportNodeStatus>(), "NetworkUnavailable"));
        Advance(1);
        Assert.Equal(("Warning", "RouteFailed", "10.244.2.0/24: no way"), TheEvent());
        _agent.Tell(NetworkReport.Well);
        Assert.Equal(("False", "NetworkProgrammed", "services and routes are programmed"), Condition(LastSent<ReportNodeStatus>(), "NetworkUnavailable"));
        Advance(1);
        Assert.Equal(("Normal", "NetworkProgrammed", "Node node-1 has programmed all services and routes"), TheEvent());
    }

    private (string, string, string) TheEvent()
    {
        var told = Assert.Single(Sent<RecordEvents>().Events);
        return (told.Type, told.Reason, told.Message);
    }

    private static (string? Status, string? Reason, string? Message) Ready(ReportNodeStatus report) => Condition(report, "Ready");

    private static (string? Status, string? Reason, string? Message) Condition(ReportNodeStatus report, string type)
    {
        var found = JsonNode.Parse(report.StatusJson)!["conditions"]!.AsArray().Single(one => (string?)one!["type"] == type)!;
        return ((string?)found["status"], (string?)found["reason"], (string?)found["message"]);
    }

    [Fact]
    public void Lost_renewal_makes_the_agent_pull_again()
    {
        Register(7);
        Sync();
        Advance(1);
        Advance(1);
        Tell(new LeaseRenewed(Node, 7, LastSent<RenewLease>().Sequence));
        Sent<PullChanges>();
    }

    [Fact]
    public void Pod_that_was_replaced_under_its_name_is_gone_before_the_new_one_comes()
    {
        Register(7);
        Sync(Pod("web", 30));
        Tell(new NodeChanges(Node, 7, _pull!.Sequence, 50, false, "", [Pod("web", 45, uid: "second")]));
        Assert.Equal("uid-web", Handed<PodGone>().Uid.Value);
        Assert.Equal("second", Handed<DesiredPod>().Uid.Value);
    }

    private string LastInstance { get; set; } = "";

    private RegisterNode Challenge()
    {
        var asked = Sent<AskChallenge>();
        Tell(new NodeChallenge(Node, asked.Instance, [1, 2, 3]));
        return Sent<RegisterNode>();
    }

    private void Register(long epoch)
    {
        if (LastInstance.Length == 0) Challenge();
        Tell(new NodeRegistered(Node, epoch, LastInstance, "uid-node", "10.244.1.0/24", "10.244.0.0/16", "10.96.0.0/16", new(Lease, TimeSpan.FromSeconds(2)), [(byte)epoch, (byte)epoch]));
        Handed<HostProfile>();
    }

    private void Sync(params NodeChange[] pods)
    {
        Tell(new NodeChanges(Node, 7, Sent<PullChanges>().Sequence, 40, true, "", [.. pods]));
        foreach (var _ in pods.Where(pod => pod.Key.Resource == "pods")) Handed<DesiredPod>();
        Handed<PodsSynced>();
        Handed<PodObjects>();
        _pull = Sent<PullChanges>();
    }

    private void Change(long to, params NodeChange[] items)
    {
        Tell(new NodeChanges(Node, 7, _pull!.Sequence, to, false, "", [.. items]));
        _pull = Sent<PullChanges>();
    }

    private static NodeChange Used(string resource, string name, long revision) => new(new("", resource, "default", name), revision, "{}"u8.ToArray(), false);

    private void Tell(NodeAnswer answer) => _agent.Tell(answer);

    private T Handed<T>() => _pods.ExpectMsg<T>();

    /// <summary>The next request of this type; others are passed over.</summary>
    private T Sent<T>()
        where T : NodeRequest
    {
        var sent = (T)Unwrap(_link.FishForMessage(message => Unwrap(message) is T))!;
        if (sent is RegisterNode register) LastInstance = register.Instance;
        return sent;
    }

    private NodeRequest? Unwrap(object? message)
    {
        if (message is not TicketedRequest carried) return message as NodeRequest;
        _ticket = carried.Ticket;
        return carried.Request;
    }

    /// <summary>The last request of this type so far: virtual time stands still, so what is to come has come once the agent has answered.</summary>
    private T LastSent<T>()
        where T : NodeRequest
    {
        _agent.Tell(new Identify(0), TestActor);
        ExpectMsg<ActorIdentity>();
        T? last = null;
        while (_link.HasMessages)
        {
            if (Unwrap(_link.ReceiveOne(TimeSpan.FromSeconds(3))) is T found) last = found;
        }
        return last ?? throw new InvalidOperationException($"no {typeof(T).Name} was sent");
    }

    private void Advance(double seconds)
    {
        // What was told before must have been taken in before time goes on.
        _agent.Tell(new Identify(0), TestActor);
        ExpectMsg<ActorIdentity>();
        _time.Advance(TimeSpan.FromSeconds(seconds));
        ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromSeconds(seconds));
    }

    private static NodeChange Pod(string name, long revision, string owner = "", string? uid = null) => new(new("", "pods", "default", name), revision, Encoding.UTF8.GetBytes($$"""
        { "metadata": { "name": "{{name}}", "uid": "{{uid ?? $"uid-{name}"}}", "ownerReferences": [{{owner}}] }, "spec": {}, "status": { "phase": "Running" } }
        """), false);

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=node-1", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks;
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => Volatile.Read(ref _ticks);
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());
        public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    }

    private sealed class ForwardActor : UntypedActor
    {
        private readonly IActorRef _to;

        public ForwardActor(IActorRef to) => _to = to;

        protected override void OnReceive(object message)
        {
            // What the pods use is asked for every quarter of a minute: a test of its own.
            if (message is not SampleUsage) _to.Forward(message);
        }
    }
}
