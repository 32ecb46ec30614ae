using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Event;
using NodeActor.Agent.Health;
using NodeActor.Networking;
using NodeActor.Pods;
using Shared.Api;
using Shared.Protocol;

namespace NodeActor.Agent;

/// <summary>What an agent works with.</summary>
/// <param name="Link">The way to the control plane; see <see cref="ControlPlaneLink"/>.</param>
/// <param name="Identity">The node's certificate with its key.</param>
/// <param name="Pods">Makes the actor that runs pods, given the agent it tells; see <see cref="IPodMessage"/>.</param>
/// <param name="Proxy">Null: the node has no service proxy and follows no services.</param>
/// <param name="Time">Time that goes on while the machine sleeps; see <see cref="BootClock"/>.</param>
/// <param name="Figures">Reads what the machine has left; null: it is never short of anything.</param>
/// <param name="Counters">Reads what the machine has used; null: the node is simulated, and uses what its pods use.</param>
/// <param name="Services">Shown the Services as they come; null where no container asks for them.</param>
/// <param name="Joined">Called at each registration, before anything else, with the ranges the node was given.</param>
public sealed record AgentParts(
    IActorRef Link, X509Certificate2 Identity, Func<IActorRef, Props> Pods, IServiceProxy? Proxy, TimeProvider Time, Func<NodeNetwork, Task>? Joined = null,
    Func<NodeFigures>? Figures = null, Func<MachineCounters>? Counters = null, ServiceVariables? Services = null);

/// <summary>
/// One node's agent: registers it, keeps its lease, follows what concerns it and reports what became of it. Every message to the control plane may be
/// lost; everything here is repeated until it is answered, or is overtaken by something newer.
/// </summary>
public sealed partial class AgentActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan PullPatience = NodeProtocol.LongPoll + TimeSpan.FromSeconds(5);

    private readonly AgentOptions _options;
    private readonly AgentParts _parts;
    private readonly JsonObject _node;
    private readonly NodeCapacity _capacity;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ObjectFollower _follower = new();
    private readonly PodReports _reports;
    private readonly Dictionary<ObjectKey, ReportedPod> _pods = [];
    private readonly Dictionary<PodUid, (ObjectKey Pod, TimeSpan Due)> _drains = [];
    private readonly VolumeRemovals _volumes;
    private readonly PodTokens _tokens;
    private readonly List<NodeEvent> _events = [];
    private readonly IActorRef _supervisor;
    private readonly IActorRef _proxy = ActorRefs.Nobody;
    private readonly IActorRef _checkpoints = ActorRefs.Nobody;
    private AgentFence _fence = AgentFence.None;
    private AgentLease _lease = AgentLease.None;
    private AgentRegistration _registration = AgentRegistration.None;
    private byte[] _ticket = [];
    private ProxyProgress _progress = ProxyProgress.None;
    private NodeNetwork _network = new("", "", "");
    private ImmutableDictionary<ObjectKey, FollowedObject> _objects = ImmutableDictionary<ObjectKey, FollowedObject>.Empty;
    private long _objectsShownAt;
    private long _newestPod;
    private string _uid = "";
    private TimeSpan _statusDue;
    private TimeSpan _pullDue;
    private long _sequence;
    private long _pull;
    private bool _joining;

    public AgentActor(AgentOptions options, JsonObject node, NodeCapacity capacity, AgentParts parts)
    {
        (_options, _node, _capacity, _parts) = (options, node, capacity, parts);
        _reports = new(options.Node, options.RepeatAfter);
        _volumes = new(options.RepeatAfter);
        _tokens = new(options.RepeatAfter);
        _supervisor = Context.ActorOf(parts.Pods(Self), "pods");
        if (options.CheckpointFile is { } file) _checkpoints = Context.ActorOf(CheckpointActor.Props(file), "checkpoint");
        if (parts.Proxy is { } proxy) _proxy = Context.ActorOf(ProxyActor.Props(proxy), "proxy");

        Receive<Tick>(_ => OnTick());
        Receive<FlushDue>(_ => Flush());
        Receive<FenceDue>(_ => FenceIfLost());
        Receive<CheckpointSaved>(saved => StartPods(_fence.Saved(saved.Sequence)));
        Receive<NodeChallenge>(challenge =>
        {
            _registration = _registration.Challenged(challenge.Instance, challenge.Challenge);
            if (!_lease.IsRegistered && !_joining && challenge.Instance == _registration.Instance) SendRegistration();
        });
        Receive<NodeRegistered>(OnRegistered);
        Receive<HasJoined>(OnJoined);
        Receive<NodeRefused>(OnRefused);
        Receive<LeaseRenewed>(OnRenewed);
        Receive<ControlPlaneLink.ControlPlaneFound>(_ => AskAgain());
        Receive<NodeChanges>(OnChanges);
        Receive<ReportResult>(result => _reports.Answered(result));
        Receive<PodDrained>(drained =>
        {
            if (_drains.Remove(drained.Uid)) _supervisor.Tell(new DrainedPod(drained.Uid));
        });
        Receive<PodToken>(OnToken);
        Receive<NetworkShown>(OnNetworkShown);
        ReceivePods();
        ReceiveHealth();
        ReceiveUsage();
    }

    /// <param name="node">The Node to register; see <see cref="NodeDescription"/>.</param>
    public static Props Props(AgentOptions options, JsonObject node, NodeCapacity capacity, AgentParts parts) =>
        Akka.Actor.Props.Create(() => new AgentActor(options, node, capacity, parts));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => _parts.Time.GetElapsedTime(0);
    private long Epoch => _lease.Epoch;

    protected override void PreStart()
    {
        if (_options.CheckpointFile is { } file && CheckpointActor.Read(file) is { } left && left.BootId == BootClock.BootId)
        {
            // The pods of the agent before this one may still run, and its lease may be over.
            (_lease, _fence) = (AgentLease.LeftBy(left), AgentFence.LeftBy(left));
            FenceLater();
        }
        SendRegistration();
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, _options.RenewEvery);
    }

    private void OnTick()
    {
        if (!_lease.IsRegistered)
        {
            if (!_joining) SendRegistration();
            FenceIfLost();
            return;
        }
        Renew();
        FenceIfLost();
        Flush();
        if (Now >= _pullDue) Pull();
        LookAtMachine();
        LookAtUsage();
        if (Now >= _statusDue) RepeatStatus();
    }

    private void Send(NodeRequest request) => _parts.Link.Tell(new TicketedRequest(request, _ticket));

    private static byte[] Utf8(JsonObject json) => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(json);

    private static TimeSpan Later(TimeSpan delay) => delay > TimeSpan.FromMilliseconds(1) ? delay : TimeSpan.FromMilliseconds(1);

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }

    private sealed class FlushDue
    {
        public static readonly FlushDue Instance = new();
    }

    private sealed class FenceDue
    {
        public static readonly FenceDue Instance = new();
    }
}
