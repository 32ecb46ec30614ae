using ControlPlane.Scheduling.Predicates;
using Shared.Api;

namespace ControlPlane.Scheduling.Parking;

/// <summary>
/// Decides which parked pods are worth another try, so that what happens costs no more than it helps.
/// <para>A node with more room or other properties is promised to the most urgent parked pods it admits, as long as it admits more; a pod that
/// does not use its promise gives the node back for others.</para>
/// <para>Where something elsewhere may have helped (affinity, spreading), the most urgent pod of each class is tried; the next one after it was
/// placed, none after it was not.</para>
/// <para>At rest, no parked pod is admitted by any node.</para>
/// </summary>
internal sealed class WakeUps(ClusterLayout layout, SchedulingQueue queue, PredicateChain predicates)
{
    /// <summary>With more improved nodes at a time than this, a woken pod looks at all nodes.</summary>
    private const int MostCandidates = Placement.FewestFeasible;

    private readonly HashSet<string> _improved = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<PendingPod>> _promised = new(StringComparer.Ordinal);
    private readonly HashSet<string> _tried = new(StringComparer.Ordinal);
    private readonly List<ParkedClass> _found = [];

    /// <summary>Whether <see cref="Run"/> has something to look at.</summary>
    public bool IsDue => _improved.Count > 0 && queue.Unschedulable > 0;

    /// <summary>How often a class of parked pods was held against a node.</summary>
    public long Checks { get; private set; }

    /// <summary>A node has more room, or is another than before.</summary>
    public void NodeImproved(string node) => _improved.Add(node);

    /// <summary>Nodes or namespaces have changed.</summary>
    public void Changed(ClusterChanges change, DateTimeOffset now)
    {
        foreach (var parked in queue.Parked.HelpedFromElsewhere.ToArray())
        {
            if (Helps(parked, change)) Try(parked, now);
        }
    }

    /// <summary>A pod was placed (<see cref="ClusterChanges.PodCame"/>), or is going or gone (<see cref="ClusterChanges.PodLeft"/>).</summary>
    public void Changed(ClusterChanges change, PodDemand pod, DateTimeOffset now)
    {
        if (queue.Parked.HelpedFromElsewhere.Count == 0) return;
        _found.Clear();
        queue.Parked.SpeakingOf(pod, _found);
        if (change == ClusterChanges.PodLeft && pod.RequiredAntiAffinity.Length > 0) _found.AddRange(queue.Parked.HelpedFromElsewhere);
        foreach (var parked in _found)
        {
            if (Helps(parked, change, pod)) Try(parked, now);
        }
    }

    /// <summary>A claim or its volume has changed, or has a pod less; null: something that may concern any claim.</summary>
    public void StorageChanged(ObjectKey? claim, DateTimeOffset now)
    {
        if (queue.Parked.HelpedFromElsewhere.Count == 0) return;
        foreach (var parked in queue.Parked.HelpedFromElsewhere.Where(parked => Uses(parked.Demand, claim)).ToArray())
        {
            if (Helps(parked, ClusterChanges.StorageChanged)) Try(parked, now);
        }
    }

    /// <summary>Promises the improved nodes to parked pods.</summary>
    public void Run(DateTimeOffset now)
    {
        if (_improved.Count == 0) return;
        if (queue.Unschedulable > 0)
        {
            var nodes = _improved.Select(layout.Find).OfType<NodeInfo>().Where(node => node.Known).OrderBy(node => node.Name, StringComparer.Ordinal).ToArray();
            foreach (var node in nodes) Promise(node, nodes.Length <= MostCandidates ? nodes : null, now);
        }
        _improved.Clear();
    }

    /// <summary>A pod was tried, or is gone. What it was woken for, and did not take, is offered to others.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="node">Where it was placed; null: nowhere.</param>
    /// <param name="refused">Whether no node admits it.</param>
    /// <param name="now">The time.</param>
    public void Settled(PendingPod pod, string? node, bool refused, DateTimeOffset now)
    {
        if (pod.PromisedNode is { } promised)
        {
            Withdraw(pod, promised);
            if (promised != node) _improved.Add(promised);
        }
        if (pod.TriedFor is not { } signature) return;
        pod.TriedFor = null;
        _tried.Remove(signature);
        if (!refused && queue.Parked.Find(signature) is { } others) Try(others, now);
    }

    private void Promise(NodeInfo node, NodeInfo[]? candidates, DateTimeOffset now)
    {
        var promised = _promised.GetValueOrDefault(node.Name) ?? [];
        // What is promised is assumed while looking for more, and taken back after it.
        foreach (var pod in promised) layout.Place(pod.Demand, node.Name);
        var woken = Takers(node);
        foreach (var pod in promised) layout.Release(pod.Demand.Key);
        foreach (var pod in woken)
        {
            layout.Release(pod.Demand.Key);
            promised.Add(pod);
            (pod.PromisedNode, pod.Candidates) = (node.Name, candidates);
            queue.Wake(pod, now);
        }
        if (promised.Count > 0) _promised[node.Name] = promised;
    }

    /// <summary>The most urgent parked pods that the node admits together; they are left placed there.</summary>
    private List<PendingPod> Takers(NodeInfo node)
    {
        var takers = new List<PendingPod>();
        var next = new PriorityQueue<Candidate, PendingPod>(Urgency.Instance);
        foreach (var classes in queue.Parked.UpTo(node.Name, node.Offer.Allocatable.MilliCpu - node.RequestedMilliCpu)) Follow(classes.GetEnumerator());
        while (node.Pods < node.Offer.MaxPods && next.TryDequeue(out var candidate, out var pod))
        {
            if (candidate.Others is not null) Follow(candidate.Others);
            if (!HasRoom(candidate.Class.Demand, node) || !Admits(candidate.Class, node)) continue;
            takers.Add(pod);
            layout.Place(pod.Demand, node.Name);
            if (candidate.Pods.MoveNext()) next.Enqueue(candidate with { Others = null }, candidate.Pods.Current);
        }
        return takers;

        void Follow(IEnumerator<ParkedClass> classes)
        {
            while (classes.MoveNext())
            {
                if (!HasRoom(classes.Current.Demand, node)) continue;
                IEnumerator<PendingPod> pods = classes.Current.Pods.GetEnumerator();
                pods.MoveNext();
                next.Enqueue(new(classes.Current, pods, classes), pods.Current);
                return;
            }
        }
    }

    /// <summary>A class whose next pod may be the next to be woken.</summary>
    /// <param name="Class">The class.</param>
    /// <param name="Pods">At the pod.</param>
    /// <param name="Others">The classes that follow in its bucket, before one of its pods was looked at; then null.</param>
    private readonly record struct Candidate(ParkedClass Class, IEnumerator<PendingPod> Pods, IEnumerator<ParkedClass>? Others);

    /// <summary>A glance before the predicates are prepared: most of what does not fit is passed over by it.</summary>
    private static bool HasRoom(PodDemand pod, NodeInfo node) =>
        pod.Requests.MilliCpu <= Math.Max(0, node.Offer.Allocatable.MilliCpu - node.RequestedMilliCpu)
        && pod.Requests.Memory <= Math.Max(0, node.Offer.Allocatable.Memory - node.RequestedMemory);

    private bool Admits(ParkedClass parked, NodeInfo node)
    {
        Checks++;
        int refusing;
        try
        {
            refusing = predicates.Prepare(parked.Demand, layout).Refusing(parked.Demand, node);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The pod is tried, and the fault comes to light where it is told.
            return true;
        }
        if (refusing < 0) return true;
        queue.Parked.AlsoLacks(parked, default(PredicateSet).With(refusing));
        return false;
    }

    private bool Helps(ParkedClass parked, ClusterChanges change, PodDemand? pod = null)
    {
        for (var i = 0; i < predicates.Predicates.Length; i++)
        {
            var predicate = predicates.Predicates[i];
            if (!parked.Lacks.Has(i) || (predicate.HelpedFromElsewhereBy & change) == 0) continue;
            if (pod is null || predicate.CanHelp(parked.Demand, pod, change, layout)) return true;
        }
        return false;
    }

    private static bool Uses(PodDemand pod, ObjectKey? claim) =>
        !pod.Claims.IsEmpty && (claim is not { } key || (key.Namespace == pod.Key.Namespace && pod.Claims.Contains(key.Name)));

    private void Try(ParkedClass parked, DateTimeOffset now)
    {
        // One of the class is on its way already: how it fares decides about the next.
        if (parked.Pods.Count == 0 || !_tried.Add(parked.Signature)) return;
        var first = parked.First;
        first.TriedFor = parked.Signature;
        queue.Wake(first, now);
    }

    private void Withdraw(PendingPod pod, string node)
    {
        (pod.PromisedNode, pod.Candidates) = (null, null);
        if (!_promised.TryGetValue(node, out var pods)) return;
        pods.Remove(pod);
        if (pods.Count == 0) _promised.Remove(node);
    }
}
