using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Event;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Storage.Binding;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes.Reports;

/// <summary>
/// Writes what agents tell of their nodes and pods. Whether a report may be written is decided by the object's actor; only what is no report at all is refused
/// here. What is under way is bounded: beyond it agents are refused with 429 and come again.
/// </summary>
internal sealed class ReportsActor : ReceiveActor
{
    private static readonly Requester By = Requester.Controller("node-agent");
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    private readonly ObjectServices _services;
    private readonly int _most;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private int _underWay;

    public ReportsActor(ObjectServices services, NodeOptions options)
    {
        (_services, _most) = (services, options.MaxInFlight);
        Receive<ReportNodeStatus>(ReportNode);
        Receive<ReportPodStatus>(ReportPod);
        Receive<ConfirmPodStopped>(ConfirmStopped);
        Receive<ConfirmVolumeRemoved>(ConfirmRemoved);
        Receive<RecordEvents>(request => NodeEvents.Record(request, _services));
        Receive<Answered>(answered =>
        {
            _underWay--;
            if (answered.Reply is { } reply) answered.Asker.Tell(reply, Self);
        });
    }

    public static Props Props(ObjectServices services, NodeOptions options) => Akka.Actor.Props.Create(() => new ReportsActor(services, options));

    private void ReportNode(ReportNodeStatus request)
    {
        if (Parse(request.StatusJson) is not { } status) Sender.Tell(NodeRefusal.Of(request, ApiStatus.BadRequest("the status is not an object")), Self);
        else
        {
            var patch = new PatchObject(NodeView.KeyOf(request.Node), new NodeStatusPatch(status, _services.Time.GetUtcNow()), "status", By);
            Write(request, patch, result => result is ObjectRejected refused ? NodeRefusal.Of(request, refused.Status) : null);
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
        Write(request, patch, result => Result(request, request.Sequence, request.Pod, request.Uid, (result as ObjectRejected)?.Status));
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
        Write(request, delete, result => Result(request, request.Sequence, request.Pod, request.Uid, (result as ObjectRejected)?.Status));
    }

    private void ConfirmRemoved(ConfirmVolumeRemoved request)
    {
        // Of a volume that is not there any more nobody waits for an answer, and of another node's nothing is taken.
        if (_services.Cache.Get(request.Volume) is not { } found || found.Uid != request.Uid || found.Key.GroupResource != StorageKeys.Volumes) return;
        var volume = VolumeState.Of(found);
        if (volume.Node != request.Node.Value || !volume.MayBeRemoved)
        {
            Sender.Tell(NodeRefusal.Of(request, ApiStatus.Conflict(request.Volume, $"its directory on node {request.Node} is not to be removed")), Self);
            return;
        }
        var patch = new PatchObject(request.Volume, new StorageReleasePatch(NodeDirectory.DataFinalizer), "", By) { Preconditions = new(request.Uid) };
        Write(request, patch, result => result is ObjectRejected { Status.Reason: not "NotFound" } refused ? NodeRefusal.Of(request, refused.Status) : null);
    }

    private void Write(NodeRequest request, ObjectCommand command, Func<ObjectResult, INodeMessage?> reply)
    {
        if (_underWay >= _most)
        {
            Sender.Tell(NodeRefusal.Of(request, ApiStatus.TooManyRequests("too many requests of nodes are under way")), Self);
            return;
        }
        _underWay++;
        var asker = Sender;
        _services.Objects.Ask<ObjectResult>(command, AnswerTimeout).PipeTo(
            Self, success: result => new Answered(asker, reply(result)), failure: cause => new Answered(asker, Failed(request, cause)));
    }

    private NodeRefused? Failed(NodeRequest request, Exception cause)
    {
        // The agent repeats what was not answered.
        if (cause is AskTimeoutException) return null;
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

    private sealed record Answered(IActorRef Asker, INodeMessage? Reply);
}
