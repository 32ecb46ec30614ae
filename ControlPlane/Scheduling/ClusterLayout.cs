using System.Collections.Immutable;
using ControlPlane.Scheduling.Topology;
using ControlPlane.Scheduling.Volumes;
using Shared.Api;

namespace ControlPlane.Scheduling;

/// <summary>
/// The nodes, the pods on each of them, and what follows from both: what is taken, and how sets of pods are spread over the domains that node
/// labels make. What <see cref="Placement"/> decides on. Kept by one owner that tells it of each change; telling it the same twice makes no
/// difference. A pod can be placed and released again to see what would be: nothing remains of it. Bounded by the cluster's live pods and nodes.
/// </summary>
public sealed class ClusterLayout
{
    private readonly Dictionary<string, NodeInfo> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, PlacedPod> _placed = [];
    private readonly Dictionary<string, DomainCounts> _owners = new(StringComparer.Ordinal);
    private readonly PodGroups _groups;
    private readonly AntiAffinityHolders _holders;
    private readonly Dictionary<ObjectKey, List<ObjectKey>> _claimed = [];
    private NodeInfo[]? _order;

    public ClusterLayout() => (_groups, _holders) = (new(Namespaces), new(Namespaces));

    /// <summary>Where the next decision starts to look, so that sampling goes round all nodes.</summary>
    public int StartAt { get; private set; }

    /// <summary>The known nodes, one zone after the other in turn, so that any stretch of them covers the zones.</summary>
    public ReadOnlySpan<NodeInfo> Nodes => _order ??= Arrange();

    /// <summary>The domains of the known nodes.</summary>
    public NodeDomains Domains { get; } = new();

    public NamespaceLabels Namespaces { get; } = new();

    /// <summary>The claims of pods, their volumes and classes.</summary>
    public StorageBook Storage { get; } = new();

    /// <summary>Whether a placed pod uses the claim, other than this one.</summary>
    public bool IsUsedByAnother(in ObjectKey claim, ObjectKey than) => _claimed.TryGetValue(claim, out var users) && users.Any(user => user != than);

    /// <summary>A node by name, if it is known or has pods.</summary>
    public NodeInfo? Find(string node) => _nodes.GetValueOrDefault(node);

    /// <summary>A pod that is placed; null if it is not.</summary>
    public PlacedPod? Placed(in ObjectKey pod) => _placed.GetValueOrDefault(pod);

    /// <summary>Where the pods of a controller are, by zone; null if none is placed.</summary>
    public DomainCounts? OwnedBy(string ownerUid) => ownerUid.Length > 0 ? _owners.GetValueOrDefault(ownerUid) : null;

    /// <summary>Where the pods are that all of these selections (one at least) select, by a topology key. Kept up to date for some time: ask again for each pod.</summary>
    public DomainCounts Group(ImmutableArray<PodSelection> all, string topologyKey) => _groups.Of(all, topologyKey, _placed.Values);

    /// <summary>Where the pods are whose required anti-affinity selects this pod, by each of their terms; null if there are none.</summary>
    public DomainCounts[]? Minding(PodDemand pod) => _holders.Minding(pod);

    /// <summary>Adds or replaces a node. True if something changed that placing depends on.</summary>
    public bool SetNode(NodeOffer offer)
    {
        var node = Ensure(offer.Name);
        if (node.Known && node.Offer.SameAs(offer)) return false;
        if (!node.Known || node.Offer.Zone != offer.Zone) _order = null;
        Describe(node, offer);
        return true;
    }

    /// <summary>Forgets what a node offers; what its pods take is kept until they are gone too. True if it was known.</summary>
    public bool RemoveNode(string name)
    {
        if (!_nodes.TryGetValue(name, out var node) || !node.Known) return false;
        Describe(node, null);
        _order = null;
        Discard(node);
        return true;
    }

    /// <summary>Takes note of a namespace's labels; null: it is gone. True if they are others now.</summary>
    public bool SetNamespace(string name, IReadOnlyDictionary<string, string>? labels)
    {
        if (!Namespaces.Set(name, labels)) return false;
        _groups.NamespacesChanged();
        return true;
    }

    /// <summary>
    /// The pod is, or is assumed to be, on this node; wherever it was before, it is there no more. A pod that is
    /// <paramref name="leaving"/> takes its share until it is gone but does not count as spread.
    /// </summary>
    public PlacedPod Place(PodDemand pod, string node, bool leaving = false)
    {
        if (_placed.TryGetValue(pod.Key, out var before))
        {
            if (before.Node.Name == node && before.Leaving == leaving && ReferenceEquals(before.Demand, pod)) return before;
            Release(pod.Key);
        }
        var placed = _placed[pod.Key] = new(pod, Ensure(node), leaving);
        placed.Node.Add(placed);
        Count(placed, 1);
        return placed;
    }

    /// <summary>The pod is gone, has ended or was not bound. Returns where it was.</summary>
    public PlacedPod? Release(in ObjectKey pod)
    {
        if (!_placed.Remove(pod, out var placed)) return null;
        Count(placed, -1);
        placed.Node.Remove(placed);
        Discard(placed.Node);
        return placed;
    }

    /// <summary>A decision has looked at this many nodes: the next one starts behind them.</summary>
    public void Advance(int examined) => StartAt = Nodes.Length == 0 ? 0 : (StartAt + examined) % Nodes.Length;

    private NodeInfo Ensure(string name)
    {
        if (_nodes.TryGetValue(name, out var node)) return node;
        return _nodes[name] = new(name);
    }

    private void Discard(NodeInfo node)
    {
        if (!node.Known && node.Pods == 0) _nodes.Remove(node.Name);
    }

    /// <summary>The node's pods leave its old domains and come to its new ones.</summary>
    private void Describe(NodeInfo node, NodeOffer? offer)
    {
        var moves = !LabelSets.Same(node.Offer.Labels, offer?.Labels ?? ImmutableDictionary<string, string>.Empty);
        if (moves)
        {
            foreach (var pod in node.Placed) Count(pod, -1);
            Domains.Count(node.Offer.Labels, -1);
        }
        node.Describe(offer);
        if (!moves) return;
        Domains.Count(node.Offer.Labels, 1);
        foreach (var pod in node.Placed) Count(pod, 1);
    }

    private void Count(PlacedPod pod, int sign)
    {
        _groups.Change(pod, sign);
        _holders.Change(pod, sign);
        foreach (var claim in pod.Demand.Claims) Claim(StorageBook.KeyOf(pod.Demand, claim), pod.Demand.Key, sign);
        if (pod.Demand.OwnerUid is not { Length: > 0 } owner) return;
        if (!_owners.TryGetValue(owner, out var siblings)) _owners[owner] = siblings = new(NodeOffer.ZoneLabel);
        siblings.Count(pod, sign);
        if (siblings.IsEmpty) _owners.Remove(owner);
    }

    private void Claim(in ObjectKey claim, in ObjectKey pod, int sign)
    {
        if (!_claimed.TryGetValue(claim, out var users)) _claimed[claim] = users = [];
        if (sign > 0) users.Add(pod);
        else users.Remove(pod);
        if (users.Count == 0) _claimed.Remove(claim);
    }

    private NodeInfo[] Arrange()
    {
        var zones = _nodes.Values.Where(node => node.Known)
            .GroupBy(node => node.Offer.Zone, StringComparer.Ordinal)
            .OrderBy(zone => zone.Key, StringComparer.Ordinal)
            .Select(zone => zone.OrderBy(node => node.Name, StringComparer.Ordinal).ToArray())
            .ToArray();
        var order = new List<NodeInfo>(_nodes.Count);
        var count = zones.Sum(zone => zone.Length);
        for (var row = 0; order.Count < count; row++)
        {
            foreach (var zone in zones)
            {
                if (row < zone.Length) order.Add(zone[row]);
            }
        }
        if (StartAt >= order.Count) StartAt = 0;
        return [.. order];
    }
}
