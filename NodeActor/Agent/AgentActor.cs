using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Event;
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
/// <param name="Joined">Called at each registration, before anything else, with the ranges the node was given.</param>
public sealed record AgentParts(
    IActorRef Link, X509Certificate2 Identity, Func<IActorRef, Props> Pods, IServiceProxy? Proxy, TimeProvider Time, Func<NodeNetwork, Task>? Joined = null);

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
    private string _uid = "";
    private TimeSpan _lastAnswer;
    private TimeSpan _statusDue;
    private TimeSpan _pullDue;
    private long _sequence;
    private long _pull;
    private bool _joining;

    public AgentActor(AgentOptions options, JsonObject node, NodeCapacity capacity, AgentParts parts)
    {
        (_options, _node, _capacity, _parts) = (options, node, capacity, parts);
        _reports = new(options.Node, options.RepeatAfter);
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
        Receive<NodeChanges>(OnChanges);
        Receive<ReportResult>(result => _reports.Answered(result));
        Receive<PodDrained>(drained =>
        {
            if (_drains.Remove(drained.Uid)) _supervisor.Tell(new DrainedPod(drained.Uid));
        });
        Receive<ObjectRead>(read => _supervisor.Tell(new PodObject(read.Key, read.Json is { } json ? new ReadOnlyMemory<byte>(json) : null)));
        Receive<NetworkShown>(OnNetworkShown);
        ReceivePods();
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
        if (Now >= _statusDue) ReportStatus();
    }

    private void SendRegistration()
    {
        _registration = _registration.Continue(Now, 2 * _options.RepeatAfter);
        if (_registration.Challenge is { } challenge) _parts.Link.Tell(NodeProof.Sign(_parts.Identity, _options.Node, _registration.Instance, Utf8(_node), challenge));
        else _parts.Link.Tell(new AskChallenge(_options.Node, _registration.Instance));
    }

    private void OnRegistered(NodeRegistered registered)
    {
        if (registered.Instance != _registration.Instance || _lease.IsRegistered || _joining) return;
        _network = new(registered.PodCidr, registered.ClusterCidr, registered.ServiceCidr);
        _joining = true;
        var joined = _parts.Joined?.Invoke(_network) ?? Task.CompletedTask;
        joined.PipeTo(Self, success: () => new HasJoined(registered, null), failure: cause => new HasJoined(registered, cause));
    }

    private void OnJoined(HasJoined joined)
    {
        _joining = false;
        var registered = joined.Registered;
        if (registered.Instance != _registration.Instance) return;
        if (joined.Cause is { } cause)
        {
            // The next repetition of the registration tries again.
            _log.Error(cause, "Node {0} could not be prepared for its ranges", _options.Node);
            return;
        }
        _lease = AgentLease.Granted(registered.Epoch, registered.Terms.Lease, _registration.Since);
        _fence = _fence with { Grace = registered.Terms.FenceGrace };
        _ticket = registered.Ticket;
        (_uid, _lastAnswer, _statusDue) = (registered.Uid, Now, Now + _options.StatusEvery);
        _log.Info("Node {0} is registered in epoch {1} with pod range {2}", _options.Node, registered.Epoch, registered.PodCidr);
        _supervisor.Tell(new NodeFacts([_options.Address], _capacity.Amounts));
        _reports.Renew();
        _follower.Restart();
        Renew();
        Pull();
        Flush();
    }

    private void OnRefused(NodeRefused refused)
    {
        if (refused.Status.Reason is not (NodeProtocol.StaleEpoch or NodeProtocol.Untrusted))
        {
            _log.Warning("Node {0} was refused: {1}", _options.Node, refused.Status.Message);
            return;
        }
        if (!_lease.IsRegistered || refused.Epoch != Epoch) return;
        _log.Warning("Node {0} registers anew: {1}", _options.Node, refused.Status.Message);
        _lease = _lease.Revoke();
        _registration = AgentRegistration.None;
        SendRegistration();
    }

    private void Renew()
    {
        var sequence = ++_sequence;
        _lease = _lease.Sent(sequence, Now);
        Send(new RenewLease(_options.Node, Epoch, sequence, _parts.Proxy is null ? -1 : _progress.Reported(_follower.Position)));
        FenceLater();
    }

    private void OnRenewed(LeaseRenewed renewed)
    {
        if (renewed.Epoch != Epoch) return;
        _lease = _lease.Answered(renewed.Sequence, out var lostSome);
        _lastAnswer = Now;
        FenceLater();
        SaveCheckpoint();
        if (_fence.IsUp && !_lease.IsLost(Now) && !_fence.IsComingDown)
        {
            // Its pods may have been given up and started elsewhere meanwhile: they run again when everything that is wanted here is known anew.
            _fence = _fence.ComeDown();
            _follower.Restart();
            Pull();
            return;
        }
        if (!lostSome) return;
        Pull();
        _reports.Renew();
        Flush();
    }

    private void FenceIfLost()
    {
        if (!_lease.IsLost(Now) || (_fence.IsUp && !_fence.IsComingDown)) return;
        _fence = _fence.GoUp();
        _log.Warning("Node {0} is fenced: no control plane has confirmed its lease for {1:0.0} s; {2} pods are stopped, the others keep running",
            _options.Node, (Now - _lastAnswer).TotalSeconds, _fence.Exclusive.Count);
        ShowFence();
    }

    private void Unfence()
    {
        _fence = _fence.Down();
        _log.Info("Node {0} holds its lease again", _options.Node);
        ShowFence();
        Note("Warning", "NodeFenced", $"Node {_options.Node} had lost its lease and holds it again");
    }

    private void ShowFence() => _supervisor.Tell(new FencePods(_fence.IsUp ? _fence.Exclusive : ImmutableDictionary<PodUid, ObjectKey>.Empty, _fence.Grace));

    private void FenceLater()
    {
        if (_lease.HeldUntil < TimeSpan.MaxValue) Timers.StartSingleTimer(FenceDue.Instance, FenceDue.Instance, Later(_lease.HeldUntil - Now));
    }

    private void ReportStatus()
    {
        _statusDue = Now + _options.StatusEvery;
        Send(new ReportNodeStatus(_options.Node, Epoch, Utf8((JsonObject)_node["status"]!)));
    }

    private void Send(NodeRequest request) => _parts.Link.Tell(new TicketedRequest(request, _ticket));

    private static byte[] Utf8(JsonObject json) => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(json);

    private static TimeSpan Later(TimeSpan delay) => delay > TimeSpan.FromMilliseconds(1) ? delay : TimeSpan.FromMilliseconds(1);

    private sealed record HasJoined(NodeRegistered Registered, Exception? Cause);

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
