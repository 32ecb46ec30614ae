using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Storage.Binding;

/// <summary>
/// Says what a volume is to its claim, and what becomes of it when that is gone: it is kept (Retain), or deleted, when the node has removed its directory (Delete). A
/// volume that is bound is not deleted, whoever asks for it.
/// </summary>
public sealed class VolumeReconciler : IReconciler
{
    private const string Component = "persistentvolume-controller";
    private static readonly Requester By = Requester.Controller(Component);

    private enum Tie
    {
        /// <summary>No claim has it.</summary>
        Free,

        /// <summary>A claim has it, or is about to.</summary>
        Held,

        /// <summary>Its claim has another volume.</summary>
        Strayed,

        /// <summary>Its claim is gone.</summary>
        Left,
    }

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var volume = VolumeState.Of(self);
        var tie = TieOf(volume, view);
        if (volume.Deleting && tie is not Tie.Held) return Leave(volume, view);
        if (tie is Tie.Left) return Reclaim(volume, now);
        if (tie is Tie.Strayed) return Stray(volume);
        return Status(volume, tie is Tie.Held ? "Bound" : "Available", "", now);
    }

    private static Tie TieOf(VolumeState volume, IObjectView view)
    {
        if (volume.Claim is not { Uid.Length: > 0 } reference) return Tie.Free;
        if (view.Get(reference.Key) is not { } found || found.Uid != reference.Uid) return Tie.Left;
        var claim = ClaimState.Of(found);
        return claim.VolumeName.Length == 0 || claim.VolumeName == volume.Name ? Tie.Held : Tie.Strayed;
    }

    private static Plan Leave(VolumeState volume, IObjectView view)
    {
        var finalizers = volume.Stored.Header.Finalizers;
        if (finalizers.Contains(NodeDirectory.VolumeProtection)) return Release(volume, NodeDirectory.VolumeProtection);
        if (!finalizers.Contains(NodeDirectory.DataFinalizer)) return Plan.Nothing;

        // What is retained stays on the disk; of a node that is gone for good there is nobody to remove it.
        var waits = volume.ReclaimPolicy == "Delete" && volume.Node.Length > 0 && view.Get(StorageKeys.Node(volume.Node)) is not null;
        return waits ? Plan.Nothing : Release(volume, NodeDirectory.DataFinalizer);
    }

    private static Plan Reclaim(VolumeState volume, DateTimeOffset now)
    {
        switch (volume.ReclaimPolicy)
        {
            case "Delete" when volume.IsDirectory:
                return Status(volume, "Released", "", now) is { Commands.IsEmpty: false } told ? told : Delete(volume);
            // Whoever made it deletes it.
            case "Delete" when volume.Driver.Length > 0 || volume.ProvisionedBy.Length > 0:
            case "Retain":
                return Status(volume, "Released", "", now);
            case "Delete":
                return Fail(volume, "VolumeFailedDelete", $"error getting deleter volume plugin for volume \"{volume.Name}\": no deletable volume plugin matched", now);
            default:
                return Fail(volume, "VolumeFailedRecycle", $"no volume plugin matched: reclaim policy {volume.ReclaimPolicy} is not supported", now);
        }
    }

    private static Plan Stray(VolumeState volume) => volume.ProvisionedBy == NodeDirectory.Driver
        ? Delete(volume)
        : Do(new PatchObject(volume.Stored.Key, new FreeVolumePatch(volume.Claim!.Uid), "", By) { Preconditions = new(volume.Stored.Uid) });

    private static Plan Delete(VolumeState volume) => Do(new DeleteObject(volume.Stored.Key, null, Propagation.Background, By) { Preconditions = new(volume.Stored.Uid) });

    private static Plan Release(VolumeState volume, string finalizer) =>
        Do(new PatchObject(volume.Stored.Key, new StorageReleasePatch(finalizer), "", By) { Preconditions = new(volume.Stored.Uid) });

    private static Plan Fail(VolumeState volume, string reason, string message, DateTimeOffset now)
    {
        var told = Status(volume, "Failed", message, now);
        return told.Commands.IsEmpty ? told : told with { Events = [new(new("v1", "PersistentVolume", "", volume.Name, volume.Stored.Uid), "Warning", reason, message, Component)] };
    }

    private static Plan Status(VolumeState volume, string phase, string message, DateTimeOffset now)
    {
        if (volume.Phase == phase && volume.Status.Text("message") == message) return Plan.Nothing;
        var status = new JsonObject { ["phase"] = phase, ["lastPhaseTransitionTime"] = volume.Phase == phase ? volume.Status.Text("lastPhaseTransitionTime") : Rfc3339.Write(now) };
        if (message.Length > 0) status["message"] = message;
        return Do(new PatchObject(volume.Stored.Key, new StorageStatusPatch(status), "status", By) { Preconditions = new(volume.Stored.Uid) });
    }

    private static Plan Do(ObjectCommand command) => new() { Commands = [command] };
}
