using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ControlPlane.Objects;
using ControlPlane.Scheduling.Parking;
using ControlPlane.Scheduling.Topology;
using ControlPlane.Scheduling.Volumes;
using ControlPlane.Storage.Binding;
using Shared.Api;

namespace ControlPlane.Scheduling;

/// <summary>What to do about one pod.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Node">Bind it to this node; null: it fits on none.</param>
/// <param name="Failure">Why it fits on none; empty if that could not be found out.</param>
/// <param name="Claims">Not empty: before the pod can be bound, these claims must learn of the node, and get volumes there.</param>
/// <param name="Fault">What was thrown while looking for a node: the pod is tried again later.</param>
public sealed record SchedulingStep(PodDemand Pod, string? Node, string Failure, Exception? Fault = null, ImmutableArray<ClaimState> Claims = default);

/// <summary>
/// All the scheduler knows, and its decisions: no actors, no clock, no I/O. Everything in it follows from the live pods and nodes, so a new
/// scheduler that is shown those is as good as the old one. Changes may be shown twice or late; an older version of a pod is passed over.
/// </summary>
public sealed class SchedulerState
{
    /// <summary>What a pod that names no scheduler means.</summary>
    private const string Unnamed = "default-scheduler";

    private readonly SchedulerOptions _options;
    private readonly Placement _placement;
    private readonly WakeUps _wakeUps;
    private readonly Dictionary<ObjectKey, TrackedPod> _pods = [];
    private readonly Queue<(ObjectKey Key, int Attempt, DateTimeOffset Deadline)> _deadlines = new();
    private readonly ReservedPods _reserved = new();
    private int _attempt;
    private long _checks;

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

    public SchedulerState(SchedulerOptions options, Placement? placement = null)
    {
        (_options, _placement) = (options, placement ?? Placement.Default);
        Queue = new(options, _placement.Predicates);
        _wakeUps = new(Layout, Queue, _placement.Predicates);
    }

    public ClusterLayout Layout { get; } = new();
    public SchedulingQueue Queue { get; }

    /// <summary>How often a pod was held against a node so far: what deciding costs.</summary>
    public long Checks => _checks + _wakeUps.Checks;

    /// <summary>Binds that are not answered yet.</summary>
    public int BindsInFlight { get; private set; }

    /// <summary>Whether <see cref="Next"/> may have something to decide right now.</summary>
    public bool HasWork => BindsInFlight < _options.MaxBindsInFlight && (Queue.Active > 0 || _reserved.AnyReady || _wakeUps.IsDue);

    /// <summary>When something becomes due by itself: a pod's next try or a bind's end.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            while (_deadlines.TryPeek(out var first) && !IsUnanswered(first.Key, first.Attempt, out _)) _deadlines.Dequeue();
            var bind = _deadlines.TryPeek(out var oldest) ? oldest.Deadline : (DateTimeOffset?)null;
            return Earliest(Earliest(bind, Queue.NextDue), _reserved.NextDue);
        }
    }

    /// <summary>Takes note of a node's new version, or of its end.</summary>
    public void NodeChanged(StoredObject node, bool deleted, DateTimeOffset now)
    {
        if (deleted) NodeGone(node.Key.Name, now);
        else if (Layout.SetNode(NodeOffer.Of(node)))
        {
            _wakeUps.NodeImproved(node.Key.Name);
            _wakeUps.Changed(ClusterChanges.NodeChanged, now);
        }
    }

    /// <summary>Takes note of a namespace's new version, or of its end.</summary>
    public void NamespaceChanged(StoredObject @namespace, bool deleted, DateTimeOffset now) =>
        NamespaceIs(@namespace.Key.Name, deleted ? null : @namespace.Header.Labels, now);

    /// <summary>Takes note of a claim's, a volume's or a storage class's new version, or of its end.</summary>
    public void StorageChanged(StoredObject stored, bool deleted, DateTimeOffset now)
    {
        if (!Layout.Storage.Set(stored, deleted)) return;
        var claim = stored.Key.GroupResource == StorageKeys.Claims ? stored.Key
            : stored.Key.GroupResource == StorageKeys.Volumes ? VolumeState.Of(stored).Claim?.Key
            : (ObjectKey?)null;
        _wakeUps.StorageChanged(claim, now);
        if (claim is { } changed) _reserved.ClaimChanged(changed);
    }

    /// <summary>
    /// Takes note of a pod's new version, or of its end. True if this is how the placement of an unanswered bind became known: the feed may tell it before the answer.
    /// </summary>
    public bool PodChanged(StoredObject pod, bool deleted, DateTimeOffset now)
    {
        if (_pods.TryGetValue(pod.Key, out var known))
        {
            if (pod.Revision <= known.Revision) return false;
            if (deleted || known.Uid != pod.Uid)
            {
                Forget(pod.Key, known, now);
                known = null;
            }
        }
        if (deleted) return false;
        if (known is null) _pods[pod.Key] = known = new(pod.Uid);
        known.Revision = pod.Revision;
        var header = pod.Header;
        var bound = known.Binding != 0 && header.NodeName.Length > 0;
        if (header.Phase is "Succeeded" or "Failed") End(pod.Key, known, now);
        else if (header.NodeName.Length > 0) Bound(pod, known, now);
        else Unbound(pod, known, now);
        return bound;
    }

    /// <summary>Forgets everything that is not among these: what a new listing did not show.</summary>
    public void KeepOnly(IReadOnlySet<ObjectKey> pods, IReadOnlySet<string> nodes, IReadOnlySet<string> namespaces, IReadOnlySet<ObjectKey> storage, DateTimeOffset now)
    {
        if (Layout.Storage.KeepOnly(storage).Count > 0) _wakeUps.StorageChanged(null, now);
        foreach (var (key, known) in _pods.Where(entry => !pods.Contains(entry.Key)).ToArray()) Forget(key, known, now);
        foreach (var gone in Layout.Nodes.ToArray().Where(node => !nodes.Contains(node.Name))) NodeGone(gone.Name, now);
        foreach (var gone in Layout.Namespaces.Names.Where(name => !namespaces.Contains(name)).ToArray()) NamespaceIs(gone, null, now);
    }

    /// <summary>
    /// Decides the next pod and assumes the decision; null if no pod is due or too many binds are unanswered. What is to be bound must be told
    /// here as bound, failed or, by <see cref="ExpireBinds"/>, lost.
    /// </summary>
    public SchedulingStep? Next(DateTimeOffset now)
    {
        _wakeUps.Run(now);
        if (BindsInFlight >= _options.MaxBindsInFlight) return null;
        if (NextReserved(now) is { } ready) return ready;
        if (Queue.Take(now) is not { } pending) return null;
        var pod = pending.Demand;
        PlacementDecision decision;
        try
        {
            decision = Decide(pending);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // One pod that a plug-in cannot stand must not keep the others from their nodes.
            Queue.Retry(pod.Key, now);
            _wakeUps.Settled(pending, null, refused: true, now);
            return new(pod, null, "", fault);
        }
        if (decision.Node is not { } node)
        {
            Queue.Park(pending, decision.Lacks, now);
            _wakeUps.Settled(pending, null, refused: true, now);
            return new(pod, null, decision.Failure);
        }
        Layout.Place(pod, node.Name);
        _wakeUps.Settled(pending, node.Name, refused: false, now);
        _wakeUps.Changed(ClusterChanges.PodCame, pod, now);
        if (!pod.Claims.IsEmpty && Layout.Storage.Waiting(pod).ToImmutableArray() is { IsEmpty: false } waiting)
        {
            _reserved.Add(pod, now + _options.VolumeTimeout);
            return new(pod, node.Name, "", Claims: waiting);
        }
        return Bind(pod, node.Name, now);
    }

    /// <summary>A claim refused to learn of a node: who waits for it is placed anew.</summary>
    public void SelectionRefused(in ObjectKey claim, DateTimeOffset now)
    {
        foreach (var pod in _reserved.Users(claim).ToArray()) TakeBack(pod, _pods[pod], now);
    }

    private SchedulingStep Bind(PodDemand pod, string node, DateTimeOffset now)
    {
        _pods[pod.Key].Binding = ++_attempt;
        _deadlines.Enqueue((pod.Key, _attempt, now + _options.BindTimeout));
        BindsInFlight++;
        return new(pod, node, "");
    }

    /// <summary>The next pod whose claims have got their volumes; one whose volumes are elsewhere is placed anew.</summary>
    private SchedulingStep? NextReserved(DateTimeOffset now)
    {
        while (_reserved.TakeReady() is { } key)
        {
            var placed = Layout.Placed(key)!;
            var waits = Layout.Storage.Waiting(placed.Demand).ToArray();
            if (waits.Length > 0 && waits.All(claim => !claim.Deleting && (claim.SelectedNode.Length == 0 || claim.SelectedNode == placed.Node.Name))) continue;
            if (waits.Length > 0 || !Layout.Storage.IsReady(placed.Demand, placed.Node.Offer))
            {
                TakeBack(key, _pods[key], now);
                continue;
            }
            _reserved.Remove(key);
            return Bind(placed.Demand, placed.Node.Name, now);
        }
        return null;
    }

    private static DateTimeOffset? Earliest(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;

    /// <summary>A woken pod looks at the nodes it was woken for first: it fitted on no other.</summary>
    private PlacementDecision Decide(PendingPod pending)
    {
        if (pending.Candidates is { } candidates)
        {
            _checks += candidates.Length;
            if (_placement.Among(candidates, pending.Demand, Layout) is { } node) return new(node, 0, "");
        }
        var decision = _placement.Decide(pending.Demand, Layout, _options.PercentageOfNodesToScore);
        Layout.Advance(decision.Examined);
        _checks += decision.Examined;
        return decision;
    }

    /// <summary>The pod's actor has answered a bind with the pod as it is now: <see cref="PodChanged"/>, unless the feed has told the pod's end.</summary>
    public bool BindAccepted(StoredObject pod, DateTimeOffset now) =>
        _pods.TryGetValue(pod.Key, out var known) && known.Uid == pod.Uid && PodChanged(pod, deleted: false, now);

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
        while (_reserved.TakeExpired(now) is { } waited) TakeBack(waited, _pods[waited], now);
        return lost ?? [];
    }

    private bool IsUnanswered(in ObjectKey key, int attempt, [NotNullWhen(true)] out TrackedPod? known) =>
        _pods.TryGetValue(key, out known) && known.Binding == attempt;

    private void Bound(StoredObject pod, TrackedPod known, DateTimeOffset now)
    {
        Answered(known);
        _reserved.Remove(pod.Key);
        Unqueue(pod.Key, now);
        // Binding is itself a change of the spec; after it, only one that Kubernetes counts, or one of the labels, can change what matters here.
        if (known.Demand is null || (known.BoundTo.Length > 0 && known.Generation != pod.Header.Generation) || !LabelSets.Same(known.Demand.Labels, pod.Header.Labels))
        {
            known.Demand = PodDemand.Of(pod);
        }
        (known.BoundTo, known.Generation) = (pod.Header.NodeName, pod.Header.Generation);
        var before = Layout.Placed(pod.Key);
        var placed = Layout.Place(known.Demand, known.BoundTo, pod.Header.DeletionTimestamp is not null);
        if (ReferenceEquals(before, placed)) return;
        if (before is not null) Left(before, now);
        _wakeUps.Changed(ClusterChanges.PodCame, placed.Demand, now);
    }

    private void Unbound(StoredObject pod, TrackedPod known, DateTimeOffset now)
    {
        var same = known.Demand is not null && known.Generation == pod.Header.Generation && LabelSets.Same(known.Demand.Labels, pod.Header.Labels);
        if (same && pod.Header.DeletionTimestamp is null) return;
        (known.Demand, known.Generation) = (PodDemand.Of(pod), pod.Header.Generation);
        if (IsOurs(known.Demand) && pod.Header.DeletionTimestamp is null) Queue.Add(known.Demand, now);
        else Unqueue(pod.Key, now);
    }

    private bool IsOurs(PodDemand pod) => !pod.Gated && (pod.SchedulerName.Length == 0 ? Unnamed : pod.SchedulerName) == _options.SchedulerName;

    private void Forget(in ObjectKey key, TrackedPod known, DateTimeOffset now)
    {
        End(key, known, now);
        _pods.Remove(key);
    }

    private void End(in ObjectKey key, TrackedPod known, DateTimeOffset now)
    {
        Answered(known);
        _reserved.Remove(key);
        Unqueue(key, now);
        if (Layout.Release(key) is { } freed) Left(freed, now);
    }

    private void Unqueue(in ObjectKey key, DateTimeOffset now)
    {
        if (Queue.Remove(key) is { } pending) _wakeUps.Settled(pending, null, refused: false, now);
    }

    private void Left(PlacedPod pod, DateTimeOffset now)
    {
        _wakeUps.NodeImproved(pod.Node.Name);
        _wakeUps.Changed(ClusterChanges.PodLeft, pod.Demand, now);
        foreach (var claim in pod.Demand.Claims) _wakeUps.StorageChanged(StorageBook.KeyOf(pod.Demand, claim), now);
    }

    private void NodeGone(string name, DateTimeOffset now)
    {
        if (Layout.RemoveNode(name)) _wakeUps.Changed(ClusterChanges.NodeChanged, now);
    }

    private void NamespaceIs(string name, IReadOnlyDictionary<string, string>? labels, DateTimeOffset now)
    {
        if (Layout.SetNamespace(name, labels)) _wakeUps.Changed(ClusterChanges.NamespaceChanged, now);
    }

    private void TakeBack(in ObjectKey key, TrackedPod known, DateTimeOffset now)
    {
        Answered(known);
        _reserved.Remove(key);
        if (Layout.Release(key) is { } freed) Left(freed, now);
        Queue.Retry(key, now);
    }

    private void Answered(TrackedPod known)
    {
        if (known.Binding == 0) return;
        known.Binding = 0;
        BindsInFlight--;
    }
}
