using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Storage.Binding;

/// <summary>
/// Finds a volume for a claim, or has one made, and binds both to each other: first the volume is made the claim's, then the claim names the volume. Either is decided by the
/// object's own actor, so a claim never has two volumes and a volume never two claims, whoever crashes in between or sees what is over. A claim that is being deleted stays while
/// pods use it.
/// </summary>
public sealed class ClaimReconciler : IReconciler, IOutcomeReporter
{
    private const string Component = "persistentvolume-controller";
    private static readonly Requester By = Requester.Controller(Component);

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var claim = ClaimState.Of(self);
        if (claim.Deleting) return Leave(claim, view);
        return claim.VolumeName.Length > 0 ? Keep(claim, view) : Bind(claim, view);
    }

    /// <inheritdoc/>
    public Plan Report(StoredObject self, IReadOnlyList<CommandOutcome> outcomes, DateTimeOffset now)
    {
        var events = outcomes.Where(outcome => outcome.Command is CreateObject && outcome.Refusal?.Reason != "AlreadyExists").Select(outcome => outcome.Refusal is { } refusal
            ? Note(self, "Warning", "ProvisioningFailed", $"failed to provision volume: {refusal.Message}")
            : Note(self, "Normal", "ProvisioningSucceeded", $"Successfully provisioned volume {outcome.Command.Key.Name}"));
        return new() { Events = [.. events] };
    }

    private static Plan Leave(ClaimState claim, IObjectView view) =>
        claim.Stored.Header.Finalizers.Contains(StorageKeys.ClaimProtection) && !ClaimUsers.Any(claim.Key, view)
            ? Do(new PatchObject(claim.Key, new StorageReleasePatch(StorageKeys.ClaimProtection), "", By) { Preconditions = new(claim.Uid) })
            : Plan.Nothing;

    /// <summary>The claim names its volume: sees that both are each other's.</summary>
    private static Plan Keep(ClaimState claim, IObjectView view)
    {
        var volume = view.Get(StorageKeys.Volume(claim.VolumeName)) is { } found ? VolumeState.Of(found) : null;
        if (volume?.Claim is { } taken && !taken.Means(claim))
        {
            return claim.BindCompleted
                ? Lose(claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly")
                : Wait(claim, Note(claim.Stored, "Warning", "FailedBinding", $"volume \"{claim.VolumeName}\" already bound to a different claim."));
        }
        if (volume?.Claim is { Uid.Length: > 0 })
        {
            return claim.BindCompleted ? Status(claim, BoundTo(volume)) : Do(Use(claim, volume));
        }
        if (claim.BindCompleted)
        {
            return Lose(claim, "ClaimLost", volume is null ? "Bound claim has lost its PersistentVolume. Data on the volume is lost!" : "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
        }
        if (volume is null) return Wait(claim, Note(claim.Stored, "Normal", "FailedBinding", $"volume \"{claim.VolumeName}\" not found"));
        return VolumeMatch.Fault(claim, volume) is { } fault
            ? Wait(claim, Note(claim.Stored, "Warning", "VolumeMismatch", $"Cannot bind to requested volume \"{volume.Name}\": {fault}"))
            : Do(Take(claim, volume));
    }

    private static Plan Bind(ClaimState claim, IObjectView view)
    {
        var volumes = view.List(StorageKeys.Volumes).Objects.Select(VolumeState.Of);
        var mine = volumes.Where(volume => volume.Claim?.Means(claim) == true).OrderByDescending(volume => volume.Name == claim.OwnVolume).ThenBy(volume => volume.Claim!.Uid.Length == 0).FirstOrDefault();
        if (mine is not null) return Finish(claim, mine);
        if (claim.ClassName is null && ClassState.Default(view) is { } standard)
        {
            return Do(new PatchObject(claim.Key, new DefaultClassPatch(standard.Name), "", By) { Preconditions = new(claim.Uid) });
        }
        var named = claim.ClassName ?? "";
        var @class = named.Length > 0 && view.Get(StorageKeys.Class(named)) is { } found ? ClassState.Of(found) : null;
        StoredObject? node = null;
        if (@class is { Waits: true })
        {
            if (claim.SelectedNode.Length == 0) return Wait(claim, Note(claim.Stored, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding"));
            // The scheduler chooses again.
            if (view.Get(StorageKeys.Node(claim.SelectedNode)) is not { } selected) return Do(Deselect(claim));
            node = selected;
        }
        if (VolumeMatch.Find(claim, volumes, node) is { } match) return Do(Take(claim, match));
        if (named.Length == 0) return Wait(claim, Note(claim.Stored, "Normal", "FailedBinding", "no persistent volumes available for this claim and no storage class is set"));
        if (@class is null) return Wait(claim, Note(claim.Stored, "Warning", "ProvisioningFailed", $"storageclass.storage.k8s.io \"{named}\" not found"));
        return @class.Provisions ? Provision(claim, @class, node) : NoVolume(claim, node);
    }

    private static Plan Finish(ClaimState claim, VolumeState mine)
    {
        if (mine.Claim!.Uid.Length > 0) return Do(Use(claim, mine));
        return VolumeMatch.Fault(claim, mine) is { } fault
            ? Wait(claim, Note(claim.Stored, "Warning", "VolumeMismatch", $"volume \"{mine.Name}\" is reserved for this claim: {fault}"))
            : Do(Take(claim, mine));
    }

    private static Plan NoVolume(ClaimState claim, StoredObject? node)
    {
        var note = Note(claim.Stored, "Normal", "FailedBinding", "no persistent volumes available for this claim and its storage class has no provisioner");
        return node is null ? Wait(claim, note) : Do(Deselect(claim)) with { Events = [note] };
    }

    private static Plan Provision(ClaimState claim, ClassState @class, StoredObject? node)
    {
        if (!@class.IsDirectory)
        {
            var note = Note(claim.Stored, "Normal", "ExternalProvisioning",
                $"Waiting for a volume to be created either by the external provisioner '{@class.Provisioner}' or manually by the system administrator. "
                + "If volume creation is delayed, please verify that the provisioner is running and correctly registered.");
            return claim.Annotations.GetValueOrDefault(StorageKeys.Provisioner) == @class.Provisioner
                ? Wait(claim, note)
                : Do(new PatchObject(claim.Key, new ProvisionerPatch(@class.Provisioner), "", By) { Preconditions = new(claim.Uid) });
        }
        if (DirectoryVolume.Fault(claim, @class, node) is { } fault)
        {
            return Wait(claim, Note(claim.Stored, "Warning", "ProvisioningFailed", $"failed to provision volume with StorageClass \"{@class.Name}\": {fault}"));
        }
        return Do(DirectoryVolume.Create(claim, @class, node!, By)) with
        {
            Events = [Note(claim.Stored, "Normal", "Provisioning", $"Provisioning volume for claim \"{claim.Key.Namespace}/{claim.Key.Name}\" on node {node!.Key.Name}")],
        };
    }

    private static PatchObject Take(ClaimState claim, VolumeState volume) =>
        new(volume.Stored.Key, new TakeVolumePatch(claim.Key, claim.Uid), "", By) { Preconditions = new(volume.Stored.Uid) };

    private static PatchObject Use(ClaimState claim, VolumeState volume) => new(claim.Key, new UseVolumePatch(volume.Name), "", By) { Preconditions = new(claim.Uid) };

    private static PatchObject Deselect(ClaimState claim) => new(claim.Key, new SelectNodePatch("", claim.SelectedNode), "", By) { Preconditions = new(claim.Uid) };

    private static Plan Do(ObjectCommand command) => new() { Commands = [command] };

    private static Plan Wait(ClaimState claim, EventNote note) => Status(claim, new JsonObject { ["phase"] = "Pending" }) with { Events = [note] };

    private static Plan Lose(ClaimState claim, string reason, string message) =>
        claim.IsLost ? Plan.Nothing : Status(claim, new JsonObject { ["phase"] = "Lost" }) with { Events = [Note(claim.Stored, "Warning", reason, message)] };

    private static JsonObject BoundTo(VolumeState volume) => new()
    {
        ["phase"] = "Bound",
        ["accessModes"] = new JsonArray([.. volume.AccessModes.Select(mode => (JsonNode)mode)]),
        ["capacity"] = new JsonObject { ["storage"] = volume.Capacity },
    };

    private static Plan Status(ClaimState claim, JsonObject wanted)
    {
        var present = claim.Status.ValueKind == System.Text.Json.JsonValueKind.Object ? JsonObject.Create(claim.Status)! : [];
        // What somebody else says of a claim that is bound, its conditions for one, stays.
        if (present.Text("phase") == wanted.Text("phase"))
        {
            foreach (var (member, value) in present.ToArray())
            {
                if (!wanted.ContainsKey(member)) wanted[member] = value?.DeepClone();
            }
        }
        return JsonNode.DeepEquals(present, wanted) ? Plan.Nothing : Do(new PatchObject(claim.Key, new StorageStatusPatch(wanted), "status", By) { Preconditions = new(claim.Uid) });
    }

    private static EventNote Note(StoredObject claim, string type, string reason, string message) =>
        new(new("v1", "PersistentVolumeClaim", claim.Key.Namespace, claim.Key.Name, claim.Uid), type, reason, message, Component);
}
