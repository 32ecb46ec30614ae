using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes.Streams;

/// <summary>The live objects a node follows, in pages.</summary>
internal static class SnapshotPages
{
    /// <summary>The page behind a place, and the place it ends at; null: it was the last.</summary>
    /// <param name="used">The ConfigMaps, Secrets and claims that the node's pods use.</param>
    public static (ImmutableArray<NodeChange> Items, StreamPlace? Next) Page(
        IObjectView view, NodeName node, bool withServices, IReadOnlyCollection<ObjectKey> used, StreamPlace start)
    {
        var items = ImmutableArray.CreateBuilder<NodeChange>();
        var bytes = 0;
        var place = start;
        for (var part = start.Part; part < FollowedResources.All.Length; part++)
        {
            var (resource, how) = FollowedResources.All[part];
            var after = part == start.Part ? start : start with { Part = part, Namespace = "", Name = "" };
            var live = how switch
            {
                Following.Network => withServices ? view.List(resource).Objects : [],
                Following.Used => Sorted(used.Where(key => key.GroupResource == resource).Select(key => view.Get(key)).OfType<StoredObject>()),
                Following.Pinned => view.List(resource).Objects.Where(volume => FollowedResources.NodeOf(volume) == node.Value),
                _ => Sorted(view.PodsOn(node.Value)),
            };
            foreach (var found in After(live, after))
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

    private static IEnumerable<StoredObject> Sorted(IEnumerable<StoredObject> found) =>
        found.OrderBy(one => one.Key.Namespace, StringComparer.Ordinal).ThenBy(one => one.Key.Name, StringComparer.Ordinal);

    private static IEnumerable<StoredObject> After(IEnumerable<StoredObject> sorted, StreamPlace place) =>
        place.Name.Length == 0 ? sorted : sorted.SkipWhile(found => StreamPlace.Of(place.Revision, found.Key).CompareTo(place) <= 0);
}
