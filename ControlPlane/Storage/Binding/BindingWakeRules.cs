using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Storage.Binding;

/// <summary>
/// Wakes claims: those a changed volume is for, all that wait where a volume is free, a class has changed or a node is gone, and those that a pod which is gone or has ended
/// has used.
/// </summary>
public sealed class ClaimWakeRule : IWakeRule
{
    private static readonly GroupResource Pods = new("", "pods");

    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var changed = change.Object;
        var resource = changed.Key.GroupResource;
        if (resource == Pods)
        {
            if (!change.Deleted && !ClaimUsers.HasEnded(changed)) return;
            foreach (var name in ClaimUsers.ClaimsOf(changed)) keys.Add(StorageKeys.Claim(changed.Key.Namespace, name));
        }
        else if (resource == StorageKeys.Volumes)
        {
            var volume = VolumeState.Of(changed);
            if (volume.Claim is { } claim) keys.Add(claim.Key);
            else if (!change.Deleted) Waiting(view, keys);
            if (change.Previous is { } before && VolumeState.Of(before).Claim is { } former && former != volume.Claim) keys.Add(former.Key);
        }
        else if (resource == StorageKeys.Classes || (change.Deleted && resource == StorageKeys.Node("").GroupResource)) Waiting(view, keys);
    }

    private static void Waiting(IObjectView view, ICollection<ObjectKey> keys)
    {
        foreach (var claim in view.List(StorageKeys.Claims).Objects)
        {
            if (claim.Header.Phase == "Pending") keys.Add(claim.Key);
        }
    }
}

/// <summary>Wakes volumes: the one that a changed claim names, all that were meant for it when it gets one or is gone, and those of a node that is gone.</summary>
public sealed class VolumeWakeRule : IWakeRule
{
    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var changed = change.Object;
        if (changed.Key.GroupResource == StorageKeys.Claims)
        {
            var claim = ClaimState.Of(changed);
            if (claim.VolumeName.Length > 0) keys.Add(StorageKeys.Volume(claim.VolumeName));
            if (change.Deleted || (claim.VolumeName.Length > 0 && change.Previous is { } before && ClaimState.Of(before).VolumeName.Length == 0))
            {
                Add(view, keys, volume => volume.Claim?.Uid == claim.Uid);
            }
        }
        else if (change.Deleted && changed.Key.GroupResource == StorageKeys.Node("").GroupResource) Add(view, keys, volume => volume.Deleting && volume.Node == changed.Key.Name);
    }

    private static void Add(IObjectView view, ICollection<ObjectKey> keys, Func<VolumeState, bool> concerned)
    {
        foreach (var volume in view.List(StorageKeys.Volumes).Objects)
        {
            if (concerned(VolumeState.Of(volume))) keys.Add(volume.Key);
        }
    }
}
