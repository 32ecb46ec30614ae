using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using ControlPlane.Workloads.Patches;
using Shared.Api;

namespace ControlPlane.Workloads;

/// <summary>
/// What a controller may count as its own: what names it as controller and matches its selector, and orphans that match. The commands adopt
/// the orphans and release what no longer matches.
/// </summary>
public sealed record Adoption(List<StoredObject> Owned, List<ObjectCommand> Commands)
{
    /// <param name="self">The controller object. If it is being deleted it adopts and releases nothing.</param>
    /// <param name="owner">The reference that adopted objects get.</param>
    /// <param name="selector">What the controller selects.</param>
    /// <param name="resource">The resource it controls.</param>
    /// <param name="view">The cluster.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="mayAdopt">What else an orphan must be; null: nothing.</param>
    /// <param name="finalizer">What adopted objects get and released ones lose besides; empty for none.</param>
    public static Adoption Make(
        StoredObject self, OwnerRef owner, LabelSelector selector, GroupResource resource, IObjectView view, Requester by,
        Func<StoredObject, bool>? mayAdopt = null, string finalizer = "")
    {
        var deleting = self.Header.DeletionTimestamp is not null;
        var owned = new List<StoredObject>();
        var commands = new List<ObjectCommand>();
        foreach (var found in view.OwnedBy(owner.Uid))
        {
            if (found.Key.GroupResource != resource || found.Key.Namespace != self.Key.Namespace || found.Header.Controller?.Uid != owner.Uid) continue;
            if (selector.Matches(found.Header.Labels)) owned.Add(found);
            else if (!deleting) commands.Add(Patch(found, new DisownPatch([owner.Uid]) { Finalizer = finalizer }, by));
        }
        if (deleting) return new(owned, commands);
        foreach (var orphan in view.Uncontrolled(resource, self.Key.Namespace))
        {
            if (orphan.Header.DeletionTimestamp is not null || !selector.Matches(orphan.Header.Labels) || mayAdopt?.Invoke(orphan) == false) continue;
            owned.Add(orphan);
            commands.Add(Patch(orphan, new AdoptPatch(owner) { Finalizer = finalizer }, by));
        }
        return new(owned, commands);
    }

    private static PatchObject Patch(StoredObject target, IObjectPatch patch, Requester by) =>
        new(target.Key, patch, "", by) { Preconditions = new(target.Uid) };
}
