using System.Diagnostics.CodeAnalysis;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Scheduling;

/// <summary>What to do about one pod.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Node">Bind it to this node; null: it fits on none.</param>
/// <param name="Failure">Why it fits on none.</param>
public sealed record SchedulingStep(PodDemand Pod, string? Node, string Failure);

/// <summary>
/// All the scheduler knows, and its decisions: no actors, no clock, no I/O. Everything in it follows from the live pods and nodes, so a new
/// scheduler that is shown those is as good as the old one. Changes may be shown twice or late; an older version of a pod is passed over.
/// </summary>
public sealed class SchedulerState(SchedulerOptions options)
{
    /// <summary>What a pod that names no scheduler means.</summary>
    private const string Unnamed = "default-scheduler";

    private readonly Dictionary<ObjectKey, TrackedPod> _pods = [];
    private readonly Queue<(ObjectKey Key, int Attempt, DateTimeOffset Deadline)> _deadlines = new();
    private readonly HashSet<string> _improved = new(StringComparer.Ordinal);
    private int _attempt;

    private sealed class TrackedPod(string uid)
    {
        public string Uid { get; } = uid;
        public long Revision { get; set; }
        public long Generation { get; set; }
        public PodDemand? Demand { get; set; }
        public string BoundTo { get; set; } = "";

        /// <summary>The number of the bind that is unanswered; 0 for none.</summary>
        public int Binding { get; set; }
    }

    public ClusterSnapshot Snapshot { get; } = new();
    public SchedulingQueue Queue { get; } = new(options);

    /// <summary>Binds that are not answered yet.</summary>
    public int BindsInFlight { get; private set; }

    /// <summary>Whether <see cref="Next"/> may have something to decide right now.</summary>
    public bool HasWork => BindsInFlight < options.MaxBindsInFlight && (Queue.Active > 0 || (_improved.Count > 0 && Queue.Unschedulable > 0));

    /// <summary>When something becomes due by itself: a pod's next try or a bind's end.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            while (_deadlines.TryPeek(out var first) && !IsUnanswered(first.Key, first.Attempt, out _)) _deadlines.Dequeue();
            var bind = _deadlines.TryPeek(out var oldest) ? oldest.Deadline : (DateTimeOffset?)null;
            var pod = Queue.NextDue;
            return bind is null || pod < bind ? pod : bind;
        }
    }

    /// <summary>Takes note of a node's new version, or of its end.</summary>
    public void NodeChanged(StoredObject node, bool deleted)
    {
        if (deleted) Snapshot.RemoveNode(node.Key.Name);
        else if (Snapshot.SetNode(NodeFacts.Of(node))) _improved.Add(node.Key.Name);
    }

    /// <summary>Takes note of a pod's new version, or of its end.</summary>
    public void PodChanged(StoredObject pod, bool deleted, DateTimeOffset now)
    {
        if (_pods.TryGetValue(pod.Key, out var known))
        {
            if (pod.Revision <= known.Revision) return;
            if (deleted || known.Uid != pod.Uid)
            {
                Forget(pod.Key, known);
                known = null;
            }
        }
        if (deleted) return;
        if (known is null) _pods[pod.Key] = known = new(pod.Uid);
        known.Revision = pod.Revision;
        var header = pod.Header;
        if (header.Phase is "Succeeded" or "Failed") End(pod.Key, known);
        else if (header.NodeName.Length > 0) Bound(pod, known);
        else Unbound(pod, known, now);
    }

    /// <summary>Forgets everything that is not among these: what a new snapshot did not show.</summary>
    public void KeepOnly(IReadOnlySet<ObjectKey> pods, IReadOnlySet<string> nodes)
    {
        foreach (var (key, known) in _pods.Where(entry => !pods.Contains(entry.Key)).ToArray()) Forget(key, known);
        foreach (var gone in Snapshot.Nodes.ToArray().Where(node => !nodes.Contains(node.Name))) Snapshot.RemoveNode(gone.Name);
    }

    /// <summary>
    /// Decides the next pod and assumes the decision; null if no pod is due or too many binds are unanswered. What is to be bound must be told
    /// here as bound, failed or, by <see cref="ExpireBinds"/>, lost.
    /// </summary>
    public SchedulingStep? Next(DateTimeOffset now)
    {
        WakeWhatFits(now);
        if (BindsInFlight >= options.MaxBindsInFlight || Queue.Take(now) is not { } pending) return null;
        var pod = pending.Demand;
        var decision = Placement.Decide(pod, Snapshot, options.PercentageOfNodesToScore);
        Snapshot.Advance(decision.Examined);
        if (decision.Node is not { } node)
        {
            Queue.Park(pending, now);
            return new(pod, null, decision.Failure);
        }
        Snapshot.Place(pod, node.Name);
        _pods[pod.Key].Binding = ++_attempt;
        _deadlines.Enqueue((pod.Key, _attempt, now + options.BindTimeout));
        BindsInFlight++;
        return new(pod, node.Name, "");
    }

    /// <summary>The pod's actor has answered a bind with the pod as it is now. True if this is how the placement of an unanswered bind ended.</summary>
    public bool BindAccepted(StoredObject pod, DateTimeOffset now)
    {
        // A pod that is not tracked, or another of its name, is one the feed has already told the end of.
        if (!_pods.TryGetValue(pod.Key, out var known) || known.Uid != pod.Uid) return false;
        var bound = known.Binding != 0 && pod.Header.NodeName.Length > 0;
        PodChanged(pod, deleted: false, now);
        return bound;
    }

    /// <summary>The pod's actor has refused a bind: the placement is taken back, and tried again later unless the feed tells of the pod's end.</summary>
    public void BindRefused(in ObjectKey key, DateTimeOffset now)
    {
        if (_pods.TryGetValue(key, out var known) && known.Binding != 0) TakeBack(key, known, now);
    }

    /// <summary>Takes back the placements whose binds were not answered in time; returns their pods.</summary>
    public IReadOnlyList<ObjectKey> ExpireBinds(DateTimeOffset now)
    {
        List<ObjectKey>? lost = null;
        while (_deadlines.TryPeek(out var first) && first.Deadline <= now)
        {
            _deadlines.Dequeue();
            if (!IsUnanswered(first.Key, first.Attempt, out var known)) continue;
            TakeBack(first.Key, known, now);
            (lost ??= []).Add(first.Key);
        }
        return lost ?? [];
    }

    private bool IsUnanswered(in ObjectKey key, int attempt, [NotNullWhen(true)] out TrackedPod? known) =>
        _pods.TryGetValue(key, out known) && known.Binding == attempt;

    private void Bound(StoredObject pod, TrackedPod known)
    {
        Answered(known);
        Queue.Remove(pod.Key);
        // Binding is itself a change of the spec; after it, only one that Kubernetes counts can change what the pod asks for.
        if (known.Demand is null || (known.BoundTo.Length > 0 && known.Generation != pod.Header.Generation)) known.Demand = PodDemand.Of(pod);
        (known.BoundTo, known.Generation) = (pod.Header.NodeName, pod.Header.Generation);
        var before = Snapshot.NodeOf(pod.Key);
        Snapshot.Place(known.Demand, known.BoundTo, pod.Header.DeletionTimestamp is not null);
        if (before is not null && before.Name != known.BoundTo) _improved.Add(before.Name);
    }

    private void Unbound(StoredObject pod, TrackedPod known, DateTimeOffset now)
    {
        if (known.Demand is not null && known.Generation == pod.Header.Generation && pod.Header.DeletionTimestamp is null) return;
        (known.Demand, known.Generation) = (PodDemand.Of(pod), pod.Header.Generation);
        if (IsOurs(known.Demand) && pod.Header.DeletionTimestamp is null) Queue.Add(known.Demand, now);
        else Queue.Remove(pod.Key);
    }

    private bool IsOurs(PodDemand pod) => !pod.Gated && (pod.SchedulerName.Length == 0 ? Unnamed : pod.SchedulerName) == options.SchedulerName;

    private void Forget(in ObjectKey key, TrackedPod known)
    {
        End(key, known);
        _pods.Remove(key);
    }

    private void End(in ObjectKey key, TrackedPod known)
    {
        Answered(known);
        Queue.Remove(key);
        if (Snapshot.Release(key) is { } freed) _improved.Add(freed.Name);
    }

    private void TakeBack(in ObjectKey key, TrackedPod known, DateTimeOffset now)
    {
        Answered(known);
        if (Snapshot.Release(key) is { } freed) _improved.Add(freed.Name);
        Queue.Retry(key, now);
    }

    private void Answered(TrackedPod known)
    {
        if (known.Binding == 0) return;
        known.Binding = 0;
        BindsInFlight--;
    }

    /// <summary>Wakes the pods that a node with new room or new properties admits: no pod is tried that could not be placed.</summary>
    private void WakeWhatFits(DateTimeOffset now)
    {
        if (_improved.Count == 0) return;
        if (Queue.Unschedulable > 0)
        {
            var nodes = _improved.Select(Snapshot.Find).OfType<NodeInfo>().ToArray();
            Queue.Wake(pod => Array.Exists(nodes, node => Placement.Admits(pod, node)), now);
        }
        _improved.Clear();
    }
}
