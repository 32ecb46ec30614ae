using ControlPlane.Scheduling.Predicates;
using ControlPlane.Scheduling.Topology;

namespace ControlPlane.Scheduling.Parking;

/// <summary>
/// The pods that fit on no node, found by what could help them: by the room they need, by the one node they are pinned to, and, where a predicate
/// refused them that looks beyond the node, by the pods their affinity and spreading speak of.
/// </summary>
internal sealed class ParkedPods(PredicateSet helpedFromElsewhere)
{
    private readonly Dictionary<string, ParkedClass> _classes = new(StringComparer.Ordinal);
    private readonly Dictionary<PendingPod, ParkedClass> _classOf = [];
    private readonly SizeBuckets _anywhere = new();
    private readonly Dictionary<string, SizeBuckets> _pinned = new(StringComparer.Ordinal);
    private readonly HashSet<ParkedClass> _helpedFromElsewhere = [];
    private readonly SelectionIndex<ParkedClass> _bySelection = new();

    public int Count => _classOf.Count;

    /// <summary>The classes that something elsewhere than on the node itself could help.</summary>
    public IReadOnlyCollection<ParkedClass> HelpedFromElsewhere => _helpedFromElsewhere;

    public ParkedClass? Find(string signature) => _classes.GetValueOrDefault(signature);

    public void Add(PendingPod pod, PredicateSet lacks)
    {
        var signature = ParkedClass.Sign(pod.Demand);
        if (_classes.TryGetValue(signature, out var parked)) Unlist(parked);
        else _classes[signature] = parked = new(signature, pod.Demand);
        parked.Pods.Add(pod);
        _classOf[pod] = parked;
        List(parked);
        AlsoLacks(parked, lacks);
    }

    public void Remove(PendingPod pod)
    {
        if (!_classOf.Remove(pod, out var parked)) return;
        Unlist(parked);
        parked.Pods.Remove(pod);
        if (parked.Pods.Count > 0)
        {
            List(parked);
            return;
        }
        _classes.Remove(parked.Signature);
        if (!_helpedFromElsewhere.Remove(parked)) return;
        foreach (var selection in Selections(parked)) _bySelection.Remove(selection, parked);
    }

    /// <summary>These predicates have refused the class, too.</summary>
    public void AlsoLacks(ParkedClass parked, PredicateSet lacks)
    {
        parked.Lacks = parked.Lacks.With(lacks);
        if (parked.Lacks.And(helpedFromElsewhere).IsEmpty || !_helpedFromElsewhere.Add(parked)) return;
        foreach (var selection in Selections(parked)) _bySelection.Add(selection, parked);
    }

    /// <summary>The classes that may fit into some room of a node, in lists ordered by urgency.</summary>
    public IEnumerable<SortedSet<ParkedClass>> UpTo(string node, long milliCpu) =>
        _pinned.TryGetValue(node, out var pinned) ? pinned.UpTo(milliCpu).Concat(_anywhere.UpTo(milliCpu)) : _anywhere.UpTo(milliCpu);

    /// <summary>Adds the classes whose affinity or spreading may speak of a pod; one may be found twice.</summary>
    public void SpeakingOf(PodDemand pod, List<ParkedClass> found) => _bySelection.Find(pod, found);

    private static IEnumerable<PodSelection> Selections(ParkedClass parked) =>
        parked.Demand.RequiredAffinity.Select(term => term.Pods)
            .Concat(parked.Demand.RequiredAntiAffinity.Select(term => term.Pods))
            .Concat(parked.Demand.Spread.Select(spread => spread.Pods));

    // A class stands where its most urgent pod puts it: it is taken out before its pods change.
    private void List(ParkedClass parked) => Place(parked).Add(parked);

    private void Unlist(ParkedClass parked)
    {
        var place = Place(parked);
        place.Remove(parked);
        if (place.Count == 0) _pinned.Remove(parked.Demand.Affinity.PinnedTo);
    }

    private SizeBuckets Place(ParkedClass parked)
    {
        if (parked.Demand.Affinity.PinnedTo is not { Length: > 0 } node) return _anywhere;
        if (!_pinned.TryGetValue(node, out var place)) _pinned[node] = place = new();
        return place;
    }
}
