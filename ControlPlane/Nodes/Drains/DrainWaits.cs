using Akka.Actor;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes.Drains;

/// <summary>
/// The pods whose agents wait to stop them. A pod waits first for the endpoints, and is looked at when something in its namespace changed; then, at a
/// revision, for the proxies, in a heap by that revision. Bounded: beyond <see cref="Most"/> agents are not answered and ask again.
/// </summary>
internal sealed class DrainWaits(IEndpointDrain drain, IObjectView view, ProxyLedger ledger)
{
    /// <summary>Pods that may wait.</summary>
    public const int Most = 10_000;

    private readonly Dictionary<ObjectKey, Wait> _waits = [];
    private readonly Dictionary<string, HashSet<ObjectKey>> _listed = new(StringComparer.Ordinal);
    private readonly PriorityQueue<Wait, long> _drained = new();

    public bool Any => _waits.Count > 0;

    /// <summary>Answers now, or keeps the request. Asked again, the newest asker counts.</summary>
    public void Add(AwaitDrained request, IActorRef asker)
    {
        if (_waits.TryGetValue(request.Pod, out var known) && known.Request.Uid == request.Uid)
        {
            known.Asker = asker;
            if (known.At is null) Look(known);
            return;
        }
        if (_waits.Count >= Most && known is null) return;
        if (known is not null) Remove(known);
        var wait = new Wait(request) { Asker = asker };
        _waits[request.Pod] = wait;
        if (!_listed.TryGetValue(request.Pod.Namespace, out var listed)) _listed[request.Pod.Namespace] = listed = [];
        listed.Add(request.Pod);
        Look(wait);
    }

    /// <summary>A pod has changed.</summary>
    public void LookAtPod(ObjectKey pod)
    {
        if (_waits.TryGetValue(pod, out var wait)) Look(wait);
    }

    /// <summary>Endpoints or Services of a namespace have changed.</summary>
    public void LookAtNamespace(string @namespace)
    {
        if (!_listed.TryGetValue(@namespace, out var listed)) return;
        foreach (var pod in listed.ToArray()) Look(_waits[pod]);
    }

    /// <summary>Answers those that every proxy has come far enough for. Costs what it answers.</summary>
    public void Release()
    {
        while (_drained.TryPeek(out var wait, out var at) && at <= ledger.Watermark)
        {
            _drained.Dequeue();
            if (_waits.TryGetValue(wait.Request.Pod, out var current) && ReferenceEquals(current, wait)) Answer(wait);
        }
    }

    private void Look(Wait wait)
    {
        // A pod that is gone, or another by now, has no endpoint that could name it.
        if (view.Get(wait.Request.Pod) is not { } pod || pod.Uid != wait.Request.Uid.Value) Answer(wait);
        else if (wait.At is null && drain.DrainedAt(pod, view) is { } at)
        {
            wait.At = at;
            Unlist(wait);
            if (at <= ledger.Watermark) Answer(wait);
            else _drained.Enqueue(wait, at);
        }
    }

    private void Answer(Wait wait)
    {
        Remove(wait);
        wait.Asker.Tell(new PodDrained(wait.Request.Node, wait.Request.Pod, wait.Request.Uid));
    }

    // What is left of it in the heap is passed over when its turn comes.
    private void Remove(Wait wait)
    {
        _waits.Remove(wait.Request.Pod);
        Unlist(wait);
    }

    private void Unlist(Wait wait)
    {
        if (_listed.TryGetValue(wait.Request.Pod.Namespace, out var listed) && listed.Remove(wait.Request.Pod) && listed.Count == 0)
        {
            _listed.Remove(wait.Request.Pod.Namespace);
        }
    }

    private sealed class Wait(AwaitDrained request)
    {
        public AwaitDrained Request => request;
        public required IActorRef Asker { get; set; }

        /// <summary>The revision the proxies are waited for; null: an endpoint lists the pod.</summary>
        public long? At { get; set; }
    }
}
