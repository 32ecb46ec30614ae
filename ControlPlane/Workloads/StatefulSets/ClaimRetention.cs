using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>
/// Who takes a pod's claims with it when it goes, as <c>persistentVolumeClaimRetentionPolicy</c> says: the set owns claims that go with it, a surplus pod those that go
/// with it; garbage collection does the rest.
/// </summary>
internal static class ClaimRetention
{
    /// <summary>The commands that give the claims of a pod the owners they should have; none when they have them.</summary>
    public static IEnumerable<ObjectCommand> For(StatefulPod pod, bool surplus, StatefulSetState set, IObjectView view, Requester by)
    {
        var owners = new List<(OwnerRef Owner, bool Wanted)>
        {
            (new("apps/v1", "StatefulSet", set.Name, set.Stored.Uid, Controller: false, BlockOwnerDeletion: false), set.ClaimsGoWithSet && !(surplus && set.ClaimsGoWithPod)),
            (new("v1", "Pod", pod.Stored.Key.Name, pod.Stored.Uid, Controller: false, BlockOwnerDeletion: false), surplus && set.ClaimsGoWithPod),
        };
        foreach (var template in set.Claims)
        {
            if (view.Get(template.KeyFor(pod.Stored.Key)) is not { Header.DeletionTimestamp: null } claim) continue;
            var wrong = owners.Where(entry => claim.Header.Owners.Any(owner => owner.Uid == entry.Owner.Uid) != entry.Wanted).ToArray();
            if (wrong.Length == 0) continue;
            yield return new PatchObject(
                claim.Key, new OwnersPatch([.. wrong.Where(entry => entry.Wanted).Select(entry => entry.Owner)], [.. wrong.Where(entry => !entry.Wanted).Select(entry => entry.Owner.Uid)]), "", by)
            {
                Preconditions = new(claim.Uid),
            };
        }
    }
}
