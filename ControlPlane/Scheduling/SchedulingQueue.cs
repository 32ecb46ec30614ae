using ControlPlane.Scheduling.Parking;
using ControlPlane.Scheduling.Predicates;
using Shared.Api;

namespace ControlPlane.Scheduling;

/// <summary>
/// The pods that wait for a node: ready to be tried in order of priority and age, backing off after a failure, or unschedulable until
/// something could help. No clock of its own. Holds at most one entry per live pod.
/// </summary>
public sealed class SchedulingQueue(SchedulerOptions options, PredicateChain predicates)
{
    private readonly Dictionary<ObjectKey, PendingPod> _all = [];
    private readonly SortedSet<PendingPod> _active = new(Urgency.Instance);
    private readonly PriorityQueue<(PendingPod Pod, int Ticket), DateTimeOffset> _timed = new();

    /// <summary>How many pods wait.</summary>
    public int Count => _all.Count;

    /// <summary>How many of them can be tried now.</summary>
    public int Active => _active.Count;

    /// <summary>How many of them fit nowhere.</summary>
    public int Unschedulable => Parked.Count;

    /// <summary>Those.</summary>
    internal ParkedPods Parked { get; } = new(predicates.HelpedFromElsewhere);

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
        var wasParked = pod.Stage == PendingStage.Unschedulable;
        // Both are ordered by what is about to change.
        if (wasActive || wasParked) Leave(pod);
        pod.Demand = demand;
        if (wasActive) Enter(pod, PendingStage.Active);
        else if (wasParked) Ready(pod, now);
    }

    /// <summary>Forgets a pod, and returns it if it was known.</summary>
    public PendingPod? Remove(in ObjectKey key)
    {
        if (!_all.Remove(key, out var pod)) return null;
        Leave(pod);
        return pod;
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

    /// <summary>No node admits the pod: these predicates refused one each.</summary>
    public void Park(PendingPod pod, PredicateSet lacks, DateTimeOffset now)
    {
        if (!IsKnown(pod)) return;
        Leave(pod);
        pod.Stage = PendingStage.Unschedulable;
        Parked.Add(pod, lacks);
        _timed.Enqueue((pod, pod.Ticket), now + options.UnschedulableRetry);
    }

    /// <summary>Placing failed for another reason: try again after the back-off.</summary>
    public void Retry(in ObjectKey key, DateTimeOffset now)
    {
        if (_all.TryGetValue(key, out var pod) && pod.Stage == PendingStage.Taken) BackOff(pod, now);
    }

    /// <summary>Gives an unschedulable pod another try, once its back-off is over.</summary>
    public void Wake(PendingPod pod, DateTimeOffset now)
    {
        if (pod.Stage == PendingStage.Unschedulable) Ready(pod, now);
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

    private void Ready(PendingPod pod, DateTimeOffset now)
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
    }

    private void Leave(PendingPod pod)
    {
        if (pod.Stage == PendingStage.Active) _active.Remove(pod);
        else if (pod.Stage == PendingStage.Unschedulable) Parked.Remove(pod);
        pod.Stage = PendingStage.Taken;
        pod.Ticket++;
    }
}
