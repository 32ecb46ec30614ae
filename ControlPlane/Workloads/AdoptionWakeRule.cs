using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;

namespace ControlPlane.Workloads;

/// <summary>An object that no controller owns, and that is new or has other labels or owners than before, wakes those of one kind whose selector matches it.</summary>
/// <param name="adopted">The resource that is adopted.</param>
/// <param name="adopters">The resource that adopts.</param>
/// <param name="selectorOf">Reads an adopter's selector.</param>
public sealed class AdoptionWakeRule(GroupResource adopted, GroupResource adopters, Func<StoredObject, LabelSelector> selectorOf) : IWakeRule
{
    /// <summary>Pods wake the objects of a resource.</summary>
    public static AdoptionWakeRule OfPods(GroupResource adopters, Func<StoredObject, LabelSelector> selectorOf) => new(new("", "pods"), adopters, selectorOf);

    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var (key, header) = (change.Object.Key, change.Object.Header);
        if (key.GroupResource != adopted || change.Deleted || header.Controller is not null || header.DeletionTimestamp is not null || !MayMatchAnew(change)) return;
        foreach (var candidate in SelectorIndex.Of(view.List(adopters).Objects, selectorOf).Selecting(key.Namespace, header.Labels)) keys.Add(candidate.Key);
    }

    private static bool MayMatchAnew(ObjectChange change) =>
        change.Previous is not { } before || before.Header.Controller is not null || !Same(before.Header.Labels, change.Object.Header.Labels);

    private static bool Same(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now) =>
        before.Count == now.Count && before.All(label => now.TryGetValue(label.Key, out var value) && value == label.Value);
}
