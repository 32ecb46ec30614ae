using System.Collections.Immutable;

namespace ControlPlane.Scheduling.Topology;

/// <summary>
/// The counts of the pods that pending pods ask about: made from all placed pods when first asked for, then kept up to date with each placement.
/// Bounded: beyond <paramref name="most"/> the one that was asked for least recently is forgotten, and counted anew when it is asked for again.
/// </summary>
internal sealed class PodGroups(NamespaceLabels namespaces, int most = PodGroups.Most)
{
    private const int Most = 1024;
    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private readonly LinkedList<Group> _byUse = new();
    private readonly SelectionIndex<Group> _index = new();
    private readonly List<Group> _found = [];

    private sealed class Group(string name, ImmutableArray<PodSelection> all, string topologyKey)
    {
        public string Name { get; } = name;
        public ImmutableArray<PodSelection> All { get; } = all;
        public DomainCounts Counts { get; } = new(topologyKey);
        public LinkedListNode<Group>? Use { get; set; }

        public bool Has(PodDemand pod, NamespaceLabels namespaces)
        {
            foreach (var selection in All)
            {
                if (!selection.Selects(pod, namespaces)) return false;
            }
            return true;
        }
    }

    /// <summary>How many groups are counted.</summary>
    public int Count => _groups.Count;

    /// <summary>The counts, by a topology key, of the placed pods that all of some selections (one at least) select.</summary>
    public DomainCounts Of(ImmutableArray<PodSelection> all, string topologyKey, IEnumerable<PlacedPod> placed)
    {
        var name = $"{topologyKey}\n{string.Join('\n', all.Select(selection => selection.Text))}";
        if (_groups.TryGetValue(name, out var group))
        {
            _byUse.Remove(group.Use!);
            _byUse.AddFirst(group.Use!);
            return group.Counts;
        }
        if (_groups.Count >= most) Forget(_byUse.Last!.Value);
        _groups[name] = group = new(name, all, topologyKey);
        group.Use = _byUse.AddFirst(group);
        _index.Add(all[0], group);
        foreach (var pod in placed)
        {
            if (group.Has(pod.Demand, namespaces)) group.Counts.Count(pod, 1);
        }
        return group.Counts;
    }

    /// <summary>A pod comes to its node (1), or leaves it (-1).</summary>
    public void Change(PlacedPod pod, int sign)
    {
        if (_groups.Count == 0) return;
        _found.Clear();
        _index.Find(pod.Demand, _found);
        foreach (var group in _found)
        {
            if (group.Has(pod.Demand, namespaces)) group.Counts.Count(pod, sign);
        }
    }

    /// <summary>Forgets the groups whose pods may be others now that a namespace has other labels.</summary>
    public void NamespacesChanged()
    {
        foreach (var group in _groups.Values.Where(group => group.All.Any(selection => selection.NamespaceSelector is not null)).ToArray()) Forget(group);
    }

    private void Forget(Group group)
    {
        _groups.Remove(group.Name);
        _byUse.Remove(group.Use!);
        _index.Remove(group.All[0], group);
    }
}
