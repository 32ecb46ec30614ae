using System.Collections.Immutable;
using k8s.Models;
using Shared.Api;

namespace NodeActor.Networking;

/// <summary>
/// Keeps the table in step with the Services and EndpointSlices of one view after another. Only of what changed between two of them is anything made anew:
/// an object that did not change must be the same instance.
/// </summary>
public sealed class ProgrammedServices(NodeName node, NodeNetwork network)
{
    // A sentence of the Node's condition is for people; with many, the first say enough.
    private const int MostSkipped = 10;

    private readonly Dictionary<string, Known> _known = [];

    /// <summary>The table for the last view.</summary>
    public NftTable Table { get; } = new(network);

    /// <summary>What of the last view was left out, and why.</summary>
    public string Skipped { get; private set; } = "";

    /// <summary>Where UDP packets may go. Another instance once anything of it changed.</summary>
    public IReadOnlyCollection<UdpTarget> Udp { get; private set; } = [];

    /// <summary>Whether this table is for the node and network of a view.</summary>
    public bool IsFor(NetworkView view) => view.Node == node && view.Network == network;

    /// <summary>Takes the next view.</summary>
    public void Update(IEnumerable<V1Service> services, IEnumerable<V1EndpointSlice> slices)
    {
        var byService = slices
            .Where(slice => slice.Metadata.Labels is { } labels && labels.ContainsKey(ServicePorts.ServiceNameLabel))
            .ToLookup(slice => (slice.Metadata.NamespaceProperty, slice.Metadata.Labels[ServicePorts.ServiceNameLabel]));
        var gone = _known.Keys.ToHashSet();
        var udp = false;
        foreach (var service in services)
        {
            var name = $"{service.Metadata.NamespaceProperty}/{service.Metadata.Name}";
            gone.Remove(name);
            var own = byService[(service.Metadata.NamespaceProperty, service.Metadata.Name)].ToImmutableArray();
            _known.TryGetValue(name, out var before);
            if (before is not null && ReferenceEquals(before.Service, service) && before.Slices.AsSpan().SequenceEqual(own.AsSpan(), ReferenceEqualityComparer.Instance)) continue;
            var skipped = new List<string>();
            var part = new ServicePart(ServicePorts.Of(node, service, own, skipped));
            udp |= part.Udp.Count > 0 || before?.Part.Udp.Count > 0;
            _known[name] = new(service, own, part, skipped);
            Table.Put(name, part);
        }
        foreach (var name in gone)
        {
            _known.Remove(name, out var before);
            udp |= before!.Part.Udp.Count > 0;
            Table.Remove(name);
        }
        if (udp) Udp = [.. _known.Values.SelectMany(known => known.Part.Udp)];
        var all = _known.Values.SelectMany(known => known.Skipped).Order(StringComparer.Ordinal).ToArray();
        Skipped = string.Join("; ", all.Take(MostSkipped)) + (all.Length > MostSkipped ? $"; and {all.Length - MostSkipped} more" : "");
    }

    private sealed record Known(V1Service Service, ImmutableArray<V1EndpointSlice> Slices, ServicePart Part, IReadOnlyList<string> Skipped);
}
