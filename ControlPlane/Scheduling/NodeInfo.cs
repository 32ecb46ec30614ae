using System.Runtime.InteropServices;

namespace ControlPlane.Scheduling;

/// <summary>
/// One node as the scheduler sees it: its offer and what the pods on it, assumed ones included, have taken. A node that pods are bound to but
/// that is not known (yet, or any more) has no offer and takes no pods. Changed by its <see cref="ClusterLayout"/> alone.
/// </summary>
public sealed class NodeInfo
{
    private static readonly NodeOffer Unknown = new() { Name = "" };
    private readonly List<HostPort> _ports = [];
    private readonly List<PlacedPod> _placed = [];
    private Dictionary<string, long>? _extended;

    internal NodeInfo(string name) => Name = name;

    public string Name { get; }

    /// <summary>What the Node object says; an offer that admits nothing while <see cref="Known"/> is false.</summary>
    public NodeOffer Offer { get; private set; } = Unknown;
    public bool Known => !ReferenceEquals(Offer, Unknown);

    public long RequestedMilliCpu { get; private set; }
    public long RequestedMemory { get; private set; }
    public long RequestedEphemeralStorage { get; private set; }

    /// <summary>CPU and memory with the defaults that stand in for absent requests.</summary>
    public long ScoredMilliCpu { get; private set; }
    public long ScoredMemory { get; private set; }

    /// <summary>How many pods are here.</summary>
    public int Pods => _placed.Count;

    /// <summary>The pods that are here, in no particular order; valid until the next change.</summary>
    public ReadOnlySpan<PlacedPod> Placed => CollectionsMarshal.AsSpan(_placed);

    public long RequestedExtended(string name) => _extended is { } amounts && amounts.TryGetValue(name, out var amount) ? amount : 0;

    /// <summary>Whether a pod already occupies a port that this one would conflict with.</summary>
    public bool Occupies(in HostPort port)
    {
        foreach (var taken in _ports)
        {
            if (taken.ConflictsWith(port)) return true;
        }
        return false;
    }

    internal void Describe(NodeOffer? offer) => Offer = offer ?? Unknown;

    internal void Add(PlacedPod pod)
    {
        pod.Index = _placed.Count;
        _placed.Add(pod);
        Count(pod.Demand, 1);
    }

    internal void Remove(PlacedPod pod)
    {
        var last = _placed[^1];
        _placed[last.Index = pod.Index] = last;
        _placed.RemoveAt(_placed.Count - 1);
        Count(pod.Demand, -1);
    }

    private void Count(PodDemand pod, int sign)
    {
        RequestedMilliCpu += sign * pod.Requests.MilliCpu;
        RequestedMemory += sign * pod.Requests.Memory;
        RequestedEphemeralStorage += sign * pod.Requests.EphemeralStorage;
        ScoredMilliCpu += sign * pod.ScoredMilliCpu;
        ScoredMemory += sign * pod.ScoredMemory;
        foreach (var (name, amount) in pod.Requests.Extended)
        {
            _extended ??= new(StringComparer.Ordinal);
            _extended[name] = _extended.GetValueOrDefault(name) + sign * amount;
        }
        foreach (var port in pod.Ports)
        {
            if (sign > 0) _ports.Add(port);
            else _ports.Remove(port);
        }
    }
}
