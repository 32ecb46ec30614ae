using System.Collections.Immutable;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Catalogue;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.CustomResources;

/// <summary>
/// Keeps the catalogue in step with the definitions that the feed shows: a kind is served here from the moment its definition is, before anybody can see it called
/// Established. What did not change is not made anew, so documents stay as they are.
/// </summary>
public sealed class CustomKinds : IAsyncDisposable
{
    /// <summary>The resource of definitions.</summary>
    public static readonly GroupResource Definitions = new("apiextensions.k8s.io", "customresourcedefinitions");

    private readonly WatchCache _cache;
    private readonly KindCatalogue _catalogue;
    private readonly ChangeFollower _follower;
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<CustomKind, WebhookConversion> _converters = new(ReferenceEqualityComparer.Instance);
    private HashSet<string> _accepted = new(StringComparer.Ordinal);
    private Dictionary<string, CustomKind> _known = new(StringComparer.Ordinal);

    /// <summary>Takes in what there is, and follows.</summary>
    /// <param name="cache">Where definitions are seen.</param>
    /// <param name="catalogue">The catalogue.</param>
    /// <param name="time">By which patience with webhooks is counted.</param>
    /// <param name="failed">Hears of faults of the program.</param>
    public CustomKinds(WatchCache cache, KindCatalogue catalogue, TimeProvider time, Action<Exception> failed)
    {
        (_cache, _catalogue, _time) = (cache, catalogue, time);
        Rebuild();
        _follower = new(cache, Follow, Rebuild, failed);

        // What came between the two.
        Rebuild();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _follower.DisposeAsync();

    private void Follow(CommittedBatch batch, IReadOnlyList<ObjectChange> changes)
    {
        foreach (var change in changes)
        {
            if (change.Object.Key.GroupResource != Definitions) continue;
            Rebuild();
            return;
        }
    }

    private void Rebuild()
    {
        lock (_gate)
        {
            var definitions = _cache.List(Definitions).Objects;
            var next = new Dictionary<string, CustomKind>(definitions.Count, StringComparer.Ordinal);
            var isSame = definitions.Count == _known.Count;
            foreach (var definition in definitions)
            {
                var known = _known.GetValueOrDefault(definition.Key.Name);
                var isKnown = known is not null && SaysTheSame(known.Stored, definition);
                isSame &= isKnown;
                next[definition.Key.Name] = isKnown ? known! : CustomKind.Of(definition);
            }
            if (isSame) return;
            _known = next;
            foreach (var (gone, converter) in _converters.Where(each => next.GetValueOrDefault(each.Key.Stored.Key.Name) != each.Key).ToArray())
            {
                converter.Retire();
                _converters.Remove(gone);
            }
            ImmutableArray<KindDefinition> accepted = [.. Accepted(next.Values)];
            _accepted = accepted.Select(kind => kind.Definition).ToHashSet(StringComparer.Ordinal);
            _catalogue.Replace(snapshot => snapshot.Without(kind => kind.Definition.Length > 0).With(accepted));
        }
    }

    /// <summary>The versions of a kind, with the webhook that converts them if there is one.</summary>
    private IEnumerable<KindDefinition> Converted(CustomKind kind)
    {
        if (kind.Converter is not { } address) return kind.Versions;
        if (!_converters.TryGetValue(kind, out var converter)) _converters[kind] = converter = new(kind.Names.Kind, new WebhookLine(address, new ServiceEndpoints(_cache), _time));
        return kind.Versions.Select(version => version.Conversion is null ? version : version with { Conversion = converter });
    }

    private int Standing(CustomKind kind) => _accepted.Contains(kind.Stored.Key.Name) ? 0 : kind.IsEstablished ? 1 : 2;

    /// <summary>Whether a resource of this name is the server's own, seen by users or not.</summary>
    internal static bool IsServers(IKinds kinds, GroupResource resource) => kinds.FindStored(resource) is { Definition.Length: 0 };

    // Generations count what a definition says; that it is going counts, too.
    private static bool SaysTheSame(StoredObject known, StoredObject now) =>
        known.Uid == now.Uid && known.Header.Generation == now.Header.Generation && known.Header.DeletionTimestamp is null == now.Header.DeletionTimestamp is null;

    /// <summary>Those whose names nobody has who had them before, or came earlier.</summary>
    private IEnumerable<KindDefinition> Accepted(IEnumerable<CustomKind> kinds)
    {
        var taken = DefinitionReconciler.NamesOf(_catalogue.All.Where(kind => kind.Definition.Length == 0)).ToLookup(name => name.Group, name => name.Names);
        foreach (var group in kinds.GroupBy(kind => kind.Group, StringComparer.Ordinal))
        {
            List<CustomNames> names = [.. taken[group.Key]];
            List<KindDefinition> versions = [];
            foreach (var kind in group.OrderBy(Standing).ThenBy(kind => kind.Stored.Header.CreationTimestamp).ThenBy(kind => kind.Stored.Key.Name, StringComparer.Ordinal))
            {
                if (kind.Names.Conflict(names) is not null || IsServers(_catalogue, new(kind.Group, kind.Names.Plural))) continue;
                names.Add(kind.Names);
                versions.AddRange(Converted(kind));
            }
            foreach (var version in versions.OrderBy(version => version.Version, VersionPriority.Order)) yield return version;
        }
    }
}
