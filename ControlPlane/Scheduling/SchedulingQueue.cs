using Shared.Api;

namespace ControlPlane.Scheduling;

/// <summary>
/// The pods that wait for a node: ready to be tried in order of priority and age, backing off after a failure, or unschedulable until
/// something could help. No clock of its own. Holds at most one entry per live pod.
/// </summary>
public sealed class SchedulingQueue(SchedulerOptions options)
{
    private readonly Dictionary<ObjectKey, PendingPod> _all = [];
    private readonly SortedSet<PendingPod> _active = new(Urgency.Instance);
    private readonly HashSet<PendingPod> _unschedulable = [];
    private readonly PriorityQueue<(PendingPod Pod, int Ticket), DateTimeOffset> _timed = new();

    /// <summary>How many pods wait.</summary>
    public int Count => _all.Count;

    /// <summary>How many of them can be tried now.</summary>
    public int Active => _active.Count;

    /// <summary>How many of them fit nowhere.</summary>
    public int Unschedulable => _unschedulable.Count;

    /// <summary>Adds a pod, or takes note of a new version of one. A change of what it asks for gives an unschedulable pod a new chance.</summary>
    public void Add(PodDemand demand, DateTimeOffset now)
    {
        if (!_all.TryGetValue(demand.Key, out var pod))
        {
            _all[demand.Key] = pod = new(demand);
            Enter(pod, PendingStage.Active);
            return;
        }
        var wasActive = pod.Stage == PendingStage.Active;
        if (wasActive) _active.Remove(pod);
        pod.Demand = demand;
        if (wasActive) _active.Add(pod);
        else if (pod.Stage == PendingStage.Unschedulable) Wake(pod, now);
    }

    /// <summary>Forgets a pod.</summary>
    public void Remove(in ObjectKey key)
    {
        if (!_all.Remove(key, out var pod)) return;
        Leave(pod);
    }

    /// <summary>The pod to try next; null if none is due. It stays known: it is either parked, retried or removed.</summary>
    public PendingPod? Take(DateTimeOffset now)
    {
        Ripen(now);
        if (_active.Min is not { } pod) return null;
        Leave(pod);
        pod.Attempts++;
        pod.LastAttempt = now;
        return pod;
    }

    /// <summary>No node admits the pod.</summary>
    public void Park(PendingPod pod, DateTimeOffset now)
    {
        if (!IsKnown(pod)) return;
        Enter(pod, PendingStage.Unschedulable);
        _timed.Enqueue((pod, pod.Ticket), now + options.UnschedulableRetry);
    }

    /// <summary>Placing failed for another reason: try again after the back-off.</summary>
    public void Retry(in ObjectKey key, DateTimeOffset now)
    {
        if (_all.TryGetValue(key, out var pod) && pod.Stage == PendingStage.Taken) BackOff(pod, now);
    }

    /// <summary>Gives the unschedulable pods that <paramref name="helps"/> holds for another try, once their back-off is over.</summary>
    public void Wake(Func<PodDemand, bool> helps, DateTimeOffset now)
    {
        if (_unschedulable.Count == 0) return;
        foreach (var pod in _unschedulable.Where(pod => helps(pod.Demand)).ToArray()) Wake(pod, now);
    }

    /// <summary>Makes the pods active whose wait is over.</summary>
    public void Ripen(DateTimeOffset now)
    {
        while (NextDue <= now) Enter(_timed.Dequeue().Pod, PendingStage.Active);
    }

    /// <summary>When a waiting pod becomes due; null if none will by itself.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            while (_timed.TryPeek(out var entry, out var due))
            {
                if (entry.Pod.Ticket == entry.Ticket) return due;
                _timed.Dequeue();
            }
            return null;
        }
    }

    private bool IsKnown(PendingPod pod) => _all.TryGetValue(pod.Demand.Key, out var known) && ReferenceEquals(known, pod);

    private void Wake(PendingPod pod, DateTimeOffset now)
    {
        if (pod.LastAttempt + Delay(pod) <= now) Enter(pod, PendingStage.Active);
        else BackOff(pod, now);
    }

    private void BackOff(PendingPod pod, DateTimeOffset now)
    {
        Enter(pod, PendingStage.Backoff);
        var due = pod.LastAttempt + Delay(pod);
        _timed.Enqueue((pod, pod.Ticket), due > now ? due : now);
    }

    private TimeSpan Delay(PendingPod pod)
    {
        var delay = options.InitialBackoff;
        for (var i = 1; i < pod.Attempts && delay < options.MaxBackoff; i++) delay *= 2;
        return delay < options.MaxBackoff ? delay : options.MaxBackoff;
    }

    private void Enter(PendingPod pod, PendingStage stage)
    {
        Leave(pod);
        pod.Stage = stage;
        if (stage == PendingStage.Active) _active.Add(pod);
        else if (stage == PendingStage.Unschedulable) _unschedulable.Add(pod);
    }

    private void Leave(PendingPod pod)
    {
        if (pod.Stage == PendingStage.Active) _active.Remove(pod);
        else if (pod.Stage == PendingStage.Unschedulable) _unschedulable.Remove(pod);
        pod.Stage = PendingStage.Taken;
        pod.Ticket++;
    }

    /// <summary>Priority, then age; the name breaks ties so that the order never depends on chance.</summary>
    private sealed class Urgency : IComparer<PendingPod>
    {
        public static readonly Urgency Instance = new();

        public int Compare(PendingPod? x, PendingPod? y)
        {
            var (a, b) = (x!.Demand, y!.Demand);
            var order = b.Priority.CompareTo(a.Priority);
            if (order == 0) order = a.Created.CompareTo(b.Created);
            if (order == 0) order = string.CompareOrdinal(a.Key.Namespace, b.Key.Namespace);
            return order != 0 ? order : string.CompareOrdinal(a.Key.Name, b.Key.Name);
        }
    }
}
