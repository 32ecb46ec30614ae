using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;

namespace ControlPlane.Journal;

/// <summary>
/// Where live objects are found beside their names: by owner, by node, by what they are labelled, and, of the kinds that controllers adopt, those that no controller
/// owns. Changed under the cache's lock.
/// </summary>
internal sealed class ObjectPlaces(Func<ObjectKey, StoredObject?> resolve)
{
    private static readonly GroupResource Pods = new("", "pods");
    private readonly ObjectIndex _byOwner = new(resolve);
    private readonly ObjectIndex _byNode = new(resolve);
    private readonly ObjectIndex _byLabel = new(resolve);
    private readonly ObjectIndex _uncontrolled = new(resolve);

    public IReadOnlyCollection<StoredObject> OwnedBy(string uid) => _byOwner.Get(uid);

    public IReadOnlyCollection<StoredObject> PodsOn(string node) => _byNode.Get(node);

    /// <summary>What no controller owns; null for a resource that is not indexed.</summary>
    public IReadOnlyCollection<StoredObject>? Uncontrolled(GroupResource resource, string @namespace) =>
        IsAdopted(resource) ? _uncontrolled.Get(Scope(resource, @namespace)) : null;

    /// <summary>What a selector may match, by the term that is in the index; null where there is none.</summary>
    public IEnumerable<StoredObject>? Candidates(GroupResource resource, string @namespace, LabelSelector selector)
    {
        if (resource != Pods) return null;
        foreach (var term in selector.Requirements)
        {
            if (term.Operator is LabelOperator.In) return term.Values.SelectMany(value => _byLabel.Get(Label(@namespace, term.Key, value)));
        }
        return null;
    }

    public void Index(ObjectChange change)
    {
        var key = change.Object.Key;
        var before = change.Previous?.Header;
        var now = change.Deleted ? null : change.Object.Header;
        if (!SameOwners(before, now)) _byOwner.Move(key, Owners(before), Owners(now));
        if (IsAdopted(key.GroupResource))
        {
            var (was, isNow) = (before is { Controller: null }, now is { Controller: null });
            if (was != isNow)
            {
                if (isNow) _uncontrolled.Put(Scope(key.GroupResource, key.Namespace), key);
                else _uncontrolled.Drop(Scope(key.GroupResource, key.Namespace), key);
            }
        }
        if (key.GroupResource != Pods) return;
        var (from, to) = (before?.NodeName ?? "", now?.NodeName ?? "");
        if (from != to)
        {
            if (to.Length > 0) _byNode.Put(to, key);
            if (from.Length > 0) _byNode.Drop(from, key);
        }
        if (!SameLabels(before, now)) _byLabel.Move(key, Labels(key.Namespace, before), Labels(key.Namespace, now));
    }

    private static bool IsAdopted(GroupResource resource) => resource == Pods || resource.Group is "apps" or "batch";

    private static string Scope(GroupResource resource, string @namespace) => $"{resource}/{@namespace}";

    private static string Label(string @namespace, string key, string value) => $"{@namespace}/{key}={value}";

    private static string[] Owners(ObjectHeader? header) => header is null ? [] : [.. header.Owners.Select(owner => owner.Uid)];

    private static string[] Labels(string @namespace, ObjectHeader? header) => header is null ? [] : [.. header.Labels.Select(label => Label(@namespace, label.Key, label.Value))];

    private static bool SameOwners(ObjectHeader? before, ObjectHeader? now)
    {
        var (was, isNow) = (before?.Owners ?? [], now?.Owners ?? []);
        if (was.Length != isNow.Length) return false;
        for (var i = 0; i < was.Length; i++)
        {
            if (was[i].Uid != isNow[i].Uid) return false;
        }
        return true;
    }

    private static bool SameLabels(ObjectHeader? before, ObjectHeader? now)
    {
        if (before is null || now is null) return before is null && now is null;
        if (before.Labels.Count != now.Labels.Count) return false;
        foreach (var (key, value) in before.Labels)
        {
            if (!now.Labels.TryGetValue(key, out var kept) || kept != value) return false;
        }
        return true;
    }
}
