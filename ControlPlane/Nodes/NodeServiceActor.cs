using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Event;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>
/// The agents' gateway, at <see cref="NodeProtocol.Service"/> on every control plane. Holds no state that matters: every request says all that is needed, and
/// what it changes is decided by the actor of the object.
/// </summary>
public sealed class NodeServiceActor : ReceiveActor, IWithTimers
{
    private static readonly Requester By = Requester.Controller("node-agent");
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DrainCheck = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan OrphanCheck = TimeSpan.FromSeconds(2);

    private readonly ObjectServices _services;
    private readonly NodeOptions _options;
    private readonly NodeRegistrar _registrar;
    private readonly ProxyLedger _ledger = new();
    private readonly DrainWaits _drains;
    private readonly IActorRef _streams;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private MissingNodes _missing = MissingNodes.None;
    private readonly HashSet<NodeName> _registering = [];
    private int _inFlight;

    public NodeServiceActor(ObjectServices services, NodeOptions options, IEndpointDrain drain)
    {
        (_services, _options) = (services, options);
        _registrar = new(services, options);
        _drains = new(drain, services.Cache, _ledger);
        _streams = Context.ActorOf(NodeStreamsActor.Props(services.Cache, services.Time), "streams");

        Receive<RegisterNode>(Register);
        Receive<Registered>(done => _registering.Remove(done.Node));
        Receive<RenewLease>(Renew);
        Receive<PullChanges>(request => WhenCurrent(request, () => _streams.Forward(request)));
        Receive<ReportNodeStatus>(request => WhenCurrent(request, () => ReportNode(request)));
        Receive<ReportPodStatus>(request => WhenCurrent(request, () => ReportPod(request)));
        Receive<ConfirmPodStopped>(request => WhenCurrent(request, () => ConfirmStopped(request)));
        Receive<AwaitDrained>(request => WhenCurrent(request, () => AwaitDrain(request)));
        Receive<ReadObject>(request => WhenCurrent(request, () => Read(request)));
        Receive<RecordEvents>(request => WhenCurrent(request, () => NodeEvents.Record(request, _services)));
        Receive<Answered>(answered =>
        {
            _inFlight--;
            if (answered.Reply is { } reply) answered.Asker.Tell(reply, Self);
        });
        Receive<DrainsDue>(_ => CheckDrains());
        Receive<OrphansDue>(_ => CollectOrphans());
    }

    /// <param name="drain">Knows which endpoints list a pod.</param>
    public static Props Props(ObjectServices services, NodeOptions options, IEndpointDrain drain) =>
        Akka.Actor.Props.Create(() => new NodeServiceActor(services, options, drain));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(OrphansDue.Instance, OrphansDue.Instance, OrphanCheck);

    private void WhenCurrent(NodeRequest request, Action act)
    {
        var node = _services.Cache.Get(NodeView.KeyOf(request.Node));
        var epoch = node?.Project(NodeView.Of).Epoch;
        if (epoch == request.Epoch) act();
        else if (epoch is null || request.Epoch < epoch) Sender.Tell(NodeRefusal.Stale(request, epoch), Self);

        // An epoch above the known one was given by a peer whose write has not come here yet: the agent asks again.
        else Sender.Tell(NodeRefusal.Of(request, ApiStatus.ServiceUnavailable("this control plane is behind")), Self);
    }

    private void Register(RegisterNode request)
    {
        // A repetition while the first is under way would only claim a second pod range; its agent comes again.
        if (!_registering.Add(request.Node)) return;
        var self = Self;
        Reply(request, async () =>
        {
            try
            {
                return await _registrar.Register(request).ConfigureAwait(false);
            }
            finally
            {
                self.Tell(new Registered(request.Node));
            }
        });
    }

    private void Renew(RenewLease request)
    {
        // The Node's own actor judges the epoch; what a stale agent's proxy has applied is of no account.
        _services.Objects.Forward(request);
        if (_services.Cache.Get(NodeView.KeyOf(request.Node))?.Project(NodeView.Of).Epoch == request.Epoch
            && _ledger.Note(request.Node, request.Epoch, request.ProxyRevision) && _drains.Any) _drains.Check();
    }

    private void ReportNode(ReportNodeStatus request)
    {
        if (Parse(request.StatusJson) is not { } status) Sender.Tell(NodeRefusal.Of(request, ApiStatus.BadRequest("the status is not an object")), Self);
        else
        {
            var patch = new PatchObject(NodeView.KeyOf(request.Node), new NodeStatusPatch(status, _services.Time.GetUtcNow()), "status", By);
            Reply(request, () => Write(patch, result => result is ObjectRejected refused ? NodeRefusal.Of(request, refused.Status) : null));
        }
    }

    private void ReportPod(ReportPodStatus request)
    {
        if (Parse(request.StatusJson) is not { } status)
        {
            Sender.Tell(Result(request, request.Sequence, request.Pod, request.Uid, ApiStatus.BadRequest("the status is not an object")), Self);
            return;
        }
        var patch = new PatchObject(request.Pod, new PodStatusPatch(request.Pod, request.Uid, request.Node, status), "status", By);
        Reply(request, () => Write(patch, result => Result(request, request.Sequence, request.Pod, request.Uid, (result as ObjectRejected)?.Status)));
    }

    private void ConfirmStopped(ConfirmPodStopped request)
    {
        var pod = _services.Cache.Get(request.Pod);
        ApiStatus? refusal = null;
        if (pod is null || pod.Uid != request.Uid.Value) refusal = ApiStatus.NotFound(request.Pod);
        else if (pod.Header.NodeName != request.Node.Value) refusal = ApiStatus.Forbidden($"pod {request.Pod.Namespace}/{request.Pod.Name} is not bound to node {request.Node}");
        else if (pod.Header.DeletionTimestamp is null) refusal = ApiStatus.Conflict(request.Pod, "the pod is not being deleted");
        if (refusal is not null)
        {
            Sender.Tell(Result(request, request.Sequence, request.Pod, request.Uid, refusal), Self);
            return;
        }
        var delete = new DeleteObject(request.Pod, 0, Propagation.Background, By) { Preconditions = new(request.Uid.Value) };
        Reply(request, () => Write(delete, result => Result(request, request.Sequence, request.Pod, request.Uid, (result as ObjectRejected)?.Status)));
    }

    private void AwaitDrain(AwaitDrained request)
    {
        _drains.Add(request, Sender);
        if (_drains.Any && !Timers.IsTimerActive(DrainsDue.Instance)) Timers.StartSingleTimer(DrainsDue.Instance, DrainsDue.Instance, DrainCheck);
    }

    private void CheckDrains()
    {
        _drains.Check();
        if (_drains.Any) Timers.StartSingleTimer(DrainsDue.Instance, DrainsDue.Instance, DrainCheck);
    }

    private void Read(ReadObject request)
    {
        var found = NodeAccess.MayRead(_services.Cache, request.Node, request.Key) ? _services.Cache.Get(request.Key) : null;
        Sender.Tell(new ObjectRead(request.Node, request.Key, found?.Json.ToArray()), Self);
    }

    private void CollectOrphans()
    {
        var now = _services.Time.GetUtcNow();
        bool Exists(string node) => _services.Cache.Get(NodeView.KeyOf(node)) is not null;
        var pods = _services.Cache.List(NodeSnapshot.Pods).Objects;
        var claims = _services.Cache.List(PodCidrClaim.Claims).Objects.Select(claim => claim.Project(PodCidrClaim.Read)).Where(claim => claim.Node.Length > 0).ToArray();
        foreach (var spare in claims.Where(claim => _services.Cache.Get(NodeView.KeyOf(claim.Node))?.Project(NodeView.Of).PodCidr is { Length: > 0 } has && has != claim.Range))
        {
            // Two control planes registered the node at the same time; the Node has the range of one of them.
            Release(spare);
        }
        _missing = _missing.Look(pods.Select(pod => pod.Header.NodeName).Concat(claims.Select(claim => claim.Node)), Exists, now);
        if (_missing.Since.IsEmpty) return;
        foreach (var pod in pods.Where(pod => _missing.IsGone(pod.Header.NodeName, now, _options.OrphanDelay)))
        {
            _services.Objects.Tell(NodeReconciler.Delete(pod, 0), ActorRefs.NoSender);
        }

        // A range is free again once its node and every pod with an address in it are gone.
        foreach (var claim in claims.Where(claim => _missing.IsGone(claim.Node, now, _options.OrphanDelay) && _services.Cache.PodsOn(claim.Node).Count == 0))
        {
            Release(claim);
        }
        _ledger.Keep(Exists);
    }

    private void Release(PodCidrClaim claim) =>
        _services.Objects.Tell(new DeleteObject(claim.Key, 0, Propagation.Background, By) { Preconditions = new(claim.Uid) }, ActorRefs.NoSender);

    private async Task<INodeMessage?> Write(ObjectCommand command, Func<ObjectResult, INodeMessage?> reply)
    {
        try
        {
            return reply(await _services.Objects.Ask<ObjectResult>(command, AnswerTimeout).ConfigureAwait(false));
        }
        catch (AskTimeoutException)
        {
            // The agent repeats what was not answered.
            return null;
        }
    }

    private void Reply<TAnswer>(NodeRequest request, Func<Task<TAnswer>> work)
        where TAnswer : INodeMessage?
    {
        if (_inFlight >= _options.MaxInFlight)
        {
            if (request is RegisterNode) _registering.Remove(request.Node);
            Sender.Tell(NodeRefusal.Of(request, ApiStatus.TooManyRequests("too many requests of nodes are under way")), Self);
            return;
        }
        _inFlight++;
        var asker = Sender;
        work().PipeTo(Self, success: answer => new Answered(asker, answer), failure: cause => new Answered(asker, Failed(request, cause)));
    }

    private NodeRefused Failed(NodeRequest request, Exception cause)
    {
        _log.Error(cause, "{0} of {1} failed", request.GetType().Name, request.Node);
        return NodeRefusal.Of(request, ApiStatus.InternalError($"{request.GetType().Name} failed"));
    }

    private static ReportResult Result(NodeRequest request, long sequence, ObjectKey pod, PodUid uid, ApiStatus? refusal) =>
        new(request.Node, request.Epoch, sequence, pod, uid, refusal);

    private static JsonObject? Parse(byte[] json)
    {
        try
        {
            return ObjectLimits.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Registered(NodeName Node);

    private sealed record Answered(IActorRef Asker, INodeMessage? Reply);

    private sealed class DrainsDue
    {
        public static readonly DrainsDue Instance = new();
    }

    private sealed class OrphansDue
    {
        public static readonly OrphansDue Instance = new();
    }
}
