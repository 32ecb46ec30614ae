using Akka.Actor;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>Says from which revision on no endpoint lists a pod as ready.</summary>
public interface IEndpointDrain
{
    /// <summary>The revision a proxy must have applied to send the pod nothing new; null: an endpoint still lists it as ready.</summary>
    long? DrainedAt(StoredObject pod, IObjectView view);
}

/// <summary>The pods whose agents wait to stop them, until no proxy sends them traffic. Bounded: beyond it agents are not answered and ask again.</summary>
internal sealed class DrainWaits(IEndpointDrain drain, IObjectView view, ProxyLedger ledger)
{
    private const int Most = 10_000;
    private readonly Dictionary<ObjectKey, (AwaitDrained Request, IActorRef Asker)> _waiting = [];

    public bool Any => _waiting.Count > 0;

    /// <summary>Answers now, or keeps the request. Asked again, the newest asker counts.</summary>
    public void Add(AwaitDrained request, IActorRef asker)
    {
        if (IsDrained(request)) asker.Tell(new PodDrained(request.Node, request.Pod, request.Uid));
        else if (_waiting.Count < Most || _waiting.ContainsKey(request.Pod)) _waiting[request.Pod] = (request, asker);
    }

    /// <summary>Answers those that have become drained.</summary>
    public void Check()
    {
        foreach (var (key, (request, asker)) in _waiting)
        {
            if (!IsDrained(request)) continue;
            _waiting.Remove(key);
            asker.Tell(new PodDrained(request.Node, request.Pod, request.Uid));
        }
    }

    private bool IsDrained(AwaitDrained request)
    {
        // A pod that is gone, or another by now, has no endpoint that could name it.
        if (view.Get(request.Pod) is not { } pod || pod.Uid != request.Uid.Value) return true;
        return drain.DrainedAt(pod, view) is { } revision && ledger.HasReached(revision, view.List(NodeSnapshot.Nodes).Objects);
    }
}
