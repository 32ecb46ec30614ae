using System.Collections.Immutable;
using ControlPlane.Objects;
using ControlPlane.Workloads;
using ControlPlane.Workloads.Patches;
using Shared.Api;

namespace ControlPlane.GarbageCollection;

/// <summary>
/// What ownership demands: an object whose owners are all gone is deleted, a reference to an owner that is gone beside living ones is removed,
/// an owner deleted in the foreground waits for the dependents that block it, and one deleted as "orphan" sets its dependents free first.
/// Owners are told apart by uid. The feed shows every object's owner before the object, so an owner that is not there is gone; and so is a namespace: what was
/// created in it while it went goes after it. What waits to be counted by a controller that is gone waits no more. Pure.
/// </summary>
public sealed class OwnerCollector(IKinds kinds)
{
    public const string ForegroundFinalizer = "foregroundDeletion";
    public const string OrphanFinalizer = "orphan";
    private static readonly Requester By = Requester.Controller("generic-garbage-collector");
    private static readonly GroupResource Namespaces = new("", "namespaces");

    /// <summary>Whether the object can be of any interest: it lies in a namespace, has owners, or waits for its dependents.</summary>
    public static bool Concerns(StoredObject item) => item.Key.Namespace.Length > 0 || item.Header.Owners.Length > 0 || IsWaiting(item) || IsOrphaning(item);

    /// <summary>Adds the objects to examine because of a change: the dependents of what is gone, and owners that wait for dependents.</summary>
    public void Concerned(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var item = change.Object;
        if (change.Deleted)
        {
            foreach (var dependent in view.OwnedBy(item.Uid)) keys.Add(dependent.Key);
            if (item.Key.GroupResource == Namespaces) AddContents(item.Key.Name, view, keys);
        }
        else if (WaitsInVain(item, view) || WaitsInVain(change.Previous, view)) keys.Add(item.Key);
        else if ((change.Previous is null && IsHomeless(item, view)) || IsWaiting(item) || IsOrphaning(item) || (item.Header.Owners.Length > 0 && !SameOwners(change.Previous, item))) keys.Add(item.Key);
        if (change.Previous is not { } before || before.Header.Owners.IsEmpty || (!change.Deleted && SameOwners(before, item))) return;
        foreach (var owner in before.Header.Owners)
        {
            if (Resolve(owner, item.Key.Namespace) is { } key && view.Get(key) is { Header.DeletionTimestamp: not null }) keys.Add(key);
        }
    }

    /// <summary>What is to be done about an object for its owners' and its dependents' sake. Empty if all is as it should be.</summary>
    public ImmutableArray<ObjectCommand> Examine(StoredObject item, IObjectView view)
    {
        if (TrackingFinalizers.Lost(item, view) is { } finalizer) return [Patch(item, new FinalizerPatch(finalizer))];
        if (IsHomeless(item, view) && item.Header.DeletionTimestamp is null) return [Delete(item, Propagation.Background)];
        if (IsOrphaning(item)) return Orphan(item, view);
        if (IsWaiting(item)) return AwaitDependents(item, view);
        return ExamineOwners(item, view);
    }

    private static bool WaitsInVain(StoredObject? item, IObjectView view) => item is not null && TrackingFinalizers.Lost(item, view) is not null;

    private static bool IsHomeless(StoredObject item, IObjectView view) =>
        item.Key.Namespace.Length > 0 && view.Get(new ObjectKey(Namespaces.Group, Namespaces.Resource, "", item.Key.Namespace)) is null;

    private void AddContents(string @namespace, IObjectView view, ICollection<ObjectKey> keys)
    {
        foreach (var resource in kinds.All.Where(kind => kind.Namespaced && kind.Stored).Select(kind => kind.Storage).Distinct())
        {
            foreach (var item in view.List(resource, @namespace)) keys.Add(item.Key);
        }
    }

    private static ImmutableArray<ObjectCommand> Orphan(StoredObject item, IObjectView view)
    {
        var dependents = view.OwnedBy(item.Uid);
        return dependents.Count == 0
            ? [Patch(item, new FinalizerPatch(OrphanFinalizer))]
            : [.. dependents.Select(dependent => Patch(dependent, new DisownPatch([item.Uid])))];
    }

    private ImmutableArray<ObjectCommand> AwaitDependents(StoredObject item, IObjectView view)
    {
        var dependents = view.OwnedBy(item.Uid);
        if (!dependents.Any(dependent => dependent.Header.Owners.Any(owner => owner.Uid == item.Uid && owner.BlockOwnerDeletion)))
        {
            return [Patch(item, new FinalizerPatch(ForegroundFinalizer))];
        }
        return [.. dependents.SelectMany(dependent => ExamineOwners(dependent, view))];
    }

    private ImmutableArray<ObjectCommand> ExamineOwners(StoredObject item, IObjectView view)
    {
        var owners = item.Header.Owners;
        if (owners.IsEmpty || item.Header.DeletionTimestamp is not null) return [];
        var (living, waiting) = (false, false);
        var useless = ImmutableArray.CreateBuilder<string>();
        foreach (var owner in owners)
        {
            var state = StateOf(owner, item, view);
            living |= state == OwnerState.Living;
            waiting |= state == OwnerState.Waiting;
            if (state != OwnerState.Living) useless.Add(owner.Uid);
        }
        if (living) return useless.Count == 0 ? [] : [Patch(item, new DisownPatch(useless.DrainToImmutable()))];
        if (!waiting || view.OwnedBy(item.Uid) is not { Count: > 0 } dependents) return [Delete(item, Policy(item))];
        // An owner that waits must see this object's own dependents gone first. If they wait in turn, it may be for each other.
        return dependents.Any(IsWaiting) && owners.Any(owner => owner.BlockOwnerDeletion) ? [Patch(item, new UnblockOwnersPatch())] : [Delete(item, Propagation.Foreground)];
    }

    private enum OwnerState { Living, Waiting, Gone }

    private OwnerState StateOf(OwnerRef owner, StoredObject dependent, IObjectView view)
    {
        // An owner of a kind that is not known, or out of reach, cannot be called gone.
        if (Resolve(owner, dependent.Key.Namespace) is not { } key) return OwnerState.Living;
        if (view.Get(key) is not { } found || found.Uid != owner.Uid) return OwnerState.Gone;
        return IsWaiting(found) ? OwnerState.Waiting : OwnerState.Living;
    }

    private ObjectKey? Resolve(OwnerRef owner, string @namespace)
    {
        var slash = owner.ApiVersion.IndexOf('/', StringComparison.Ordinal);
        var (group, version) = slash < 0 ? ("", owner.ApiVersion) : (owner.ApiVersion[..slash], owner.ApiVersion[(slash + 1)..]);
        if (kinds.FindKind(group, version, owner.Kind) is not { } kind) return null;
        if (!kind.Namespaced) return new(kind.Storage.Group, kind.Storage.Resource, "", owner.Name);
        return @namespace.Length == 0 ? null : new(kind.Storage.Group, kind.Storage.Resource, @namespace, owner.Name);
    }

    private static bool SameOwners(StoredObject? before, StoredObject now) => before is not null && before.Header.Owners.AsSpan().SequenceEqual(now.Header.Owners.AsSpan());

    private static bool IsWaiting(StoredObject item) => item.Header.DeletionTimestamp is not null && item.Header.Finalizers.Contains(ForegroundFinalizer);

    private static bool IsOrphaning(StoredObject item) => item.Header.DeletionTimestamp is not null && item.Header.Finalizers.Contains(OrphanFinalizer);

    private static Propagation Policy(StoredObject item) =>
        item.Header.Finalizers.Contains(OrphanFinalizer) ? Propagation.Orphan
        : item.Header.Finalizers.Contains(ForegroundFinalizer) ? Propagation.Foreground
        : Propagation.Background;

    private static PatchObject Patch(StoredObject target, IObjectPatch patch) => new(target.Key, patch, "", By) { Preconditions = new(target.Uid) };

    // The revision too: an owner that was added meanwhile saves the object.
    private static DeleteObject Delete(StoredObject target, Propagation propagation) =>
        new(target.Key, null, propagation, By) { Preconditions = new(target.Uid, target.Revision) };
}
