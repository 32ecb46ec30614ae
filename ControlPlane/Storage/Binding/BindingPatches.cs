using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Storage.Binding;

/// <summary>Makes a volume a claim's own. Refused with a conflict if it is another's: that is what decides between two claims.</summary>
public sealed record TakeVolumePatch(ObjectKey Claim, string Uid) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var spec = current.DefaultChild("spec");
        var there = spec.Child("claimRef");
        if (there is not null && (there.Text("namespace") != Claim.Namespace || there.Text("name") != Claim.Name || there.Text("uid") is not "" and var uid && uid != Uid))
        {
            return ApiStatus.Conflict(StorageKeys.Volume(current.Text("metadata", "name")), $"it is the volume of claim {there.Text("namespace")}/{there.Text("name")}");
        }
        if (current.Has("metadata", "deletionTimestamp")) return ApiStatus.Conflict(StorageKeys.Volume(current.Text("metadata", "name")), "it is being deleted");
        if (there is null) current.Metadata().DefaultChild("annotations")[StorageKeys.BoundByController] = "yes";
        spec["claimRef"] = BindingJson.Reference(Claim, Uid);
        return current;
    }
}

/// <summary>Takes a volume from the claim with this uid: from one that somebody had in mind for it, only the uid.</summary>
public sealed record FreeVolumePatch(string Uid) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if (current.Child("spec", "claimRef") is not { } claim || claim.Text("uid") != Uid) return current;
        if (current.Child("metadata", "annotations")?.Remove(StorageKeys.BoundByController) == true) current.Child("spec")!.Remove("claimRef");
        else claim.Remove("uid");
        return current;
    }
}

/// <summary>Binds a claim to a volume, for good. Refused with a conflict if it has another.</summary>
public sealed record UseVolumePatch(string Volume) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var spec = current.DefaultChild("spec");
        var there = spec.Text("volumeName");
        if (there.Length > 0 && there != Volume) return BindingJson.Conflict(current, $"it is bound to volume {there}");
        var annotations = current.Metadata().DefaultChild("annotations");
        if (there.Length == 0) annotations[StorageKeys.BoundByController] = "yes";
        annotations[StorageKeys.BindCompleted] = "yes";
        spec["volumeName"] = Volume;
        return current;
    }
}

/// <summary>
/// Says on which node the first pod of a claim is placed: its volume is made there. Refused with a conflict if the claim has a volume or another node.
/// Without a node: the one that it had (<paramref name="Before"/>) is none any more.
/// </summary>
public sealed record SelectNodePatch(string Node, string Before) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var there = current.Text("metadata", "annotations", StorageKeys.SelectedNode);
        if (there == Node) return current;
        if (current.Text("spec", "volumeName") is { Length: > 0 } volume) return BindingJson.Conflict(current, $"it is bound to volume {volume}");
        if (there != Before) return BindingJson.Conflict(current, $"its volume is to be on node {there}");
        var annotations = current.Metadata().DefaultChild("annotations");
        if (Node.Length > 0) annotations[StorageKeys.SelectedNode] = Node;
        else annotations.Remove(StorageKeys.SelectedNode);
        return current;
    }
}

/// <summary>Gives a claim the class that is the default one, if it still names none.</summary>
public sealed record DefaultClassPatch(string ClassName) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var spec = current.DefaultChild("spec");
        if (spec["storageClassName"] is null) spec["storageClassName"] = ClassName;
        return current;
    }
}

/// <summary>Says who is to make a claim's volume.</summary>
public sealed record ProvisionerPatch(string Provisioner) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var annotations = current.Metadata().DefaultChild("annotations");
        (annotations[StorageKeys.Provisioner], annotations[StorageKeys.ProvisionerBefore]) = (Provisioner, Provisioner);
        return current;
    }
}

/// <summary>Replaces the status of a claim or volume.</summary>
public sealed record StorageStatusPatch(JsonBytes Status) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        current["status"] = Status.ToJsonObject();
        return current;
    }
}

/// <summary>Lets the deletion of a claim or volume go on: takes a finalizer away.</summary>
public sealed record StorageReleasePatch(string Finalizer) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var metadata = current.Metadata();
        if (metadata["finalizers"] is not JsonArray finalizers) return current;
        finalizers.RemoveAll(entry => entry.TextOf() == Finalizer);
        if (finalizers.Count == 0) metadata.Remove("finalizers");
        return current;
    }
}

/// <summary>What the patches and reconcilers write alike.</summary>
internal static class BindingJson
{
    public static JsonObject Reference(ObjectKey claim, string uid) => new()
    {
        ["apiVersion"] = "v1", ["kind"] = "PersistentVolumeClaim", ["namespace"] = claim.Namespace, ["name"] = claim.Name, ["uid"] = uid,
    };

    public static ApiStatus Conflict(JsonObject claim, string why) => ApiStatus.Conflict(StorageKeys.Claim(claim.Text("metadata", "namespace"), claim.Text("metadata", "name")), why);

    /// <summary>Adds a finalizer that is not there.</summary>
    public static void Hold(JsonObject @object, string finalizer)
    {
        var finalizers = @object.Metadata().DefaultList("finalizers");
        if (finalizers.All(entry => entry.TextOf() != finalizer)) finalizers.Add((JsonNode)finalizer);
    }
}
