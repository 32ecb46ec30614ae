using System.Collections.Immutable;
using System.Globalization;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>
/// A place in a snapshot: the revision the changes after it begin at, and the last object sent. Later pages may hold newer versions; the changes
/// repeat them, and the agent passes over what it already has.
/// </summary>
internal sealed record SnapshotPlace(long Revision, int Part, string Namespace, string Name)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Revision}/{Part}/{Namespace}/{Name}");

    /// <summary>Reads what <see cref="ToString"/> wrote; null for anything else.</summary>
    public static SnapshotPlace? Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 4 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var part) ? new(revision, part, parts[2], parts[3]) : null;
    }
}

/// <summary>The live objects a node follows, in pages.</summary>
internal static class SnapshotPages
{
    public static readonly GroupResource Pods = new("", "pods");
    public static readonly GroupResource Services = new("", "services");
    public static readonly GroupResource EndpointSlices = new("discovery.k8s.io", "endpointslices");
    public static readonly GroupResource Nodes = new("", "nodes");

    /// <summary>What a node with a service proxy follows besides its pods.</summary>
    public static readonly ImmutableArray<GroupResource> Shared = [Nodes, Services, EndpointSlices];

    /// <summary>The page behind a place, and the place it ends at; null: it was the last.</summary>
    public static (ImmutableArray<NodeChange> Items, SnapshotPlace? Next) Page(IObjectView view, NodeName node, bool withServices, SnapshotPlace start)
    {
        var items = ImmutableArray.CreateBuilder<NodeChange>();
        var bytes = 0;
        var place = start;
        for (var part = start.Part; part <= Shared.Length; part++)
        {
            if (part < Shared.Length && !withServices) continue;
            var after = part == start.Part ? start : start with { Part = part, Namespace = "", Name = "" };
            foreach (var found in After(part < Shared.Length ? view.List(Shared[part]).Objects : SortedPods(view, node), after))
            {
                var told = NodePlace.Told(found, deleted: false);
                if (items.Count > 0 && bytes + told.Json.Length > NodeProtocol.MaxBatchBytes) return (items.DrainToImmutable(), place);
                bytes += told.Json.Length;
                items.Add(told);
                place = new(start.Revision, part, found.Key.Namespace, found.Key.Name);
            }
        }
        return (items.DrainToImmutable(), null);
    }

    private static IEnumerable<StoredObject> SortedPods(IObjectView view, NodeName node) =>
        view.PodsOn(node.Value).OrderBy(pod => pod.Key.Namespace, StringComparer.Ordinal).ThenBy(pod => pod.Key.Name, StringComparer.Ordinal);

    private static IEnumerable<StoredObject> After(IEnumerable<StoredObject> sorted, SnapshotPlace place) =>
        place.Name.Length == 0 ? sorted : sorted.SkipWhile(found =>
        {
            var order = string.CompareOrdinal(found.Key.Namespace, place.Namespace);
            return order < 0 || (order == 0 && string.CompareOrdinal(found.Key.Name, place.Name) <= 0);
        });
}
