using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Storage.Binding;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Storage;

/// <summary>How PersistentVolumes are written.</summary>
public sealed class PersistentVolumeStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    private static readonly HashSet<string> NotSources =
    [
        "accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy", "storageClassName", "volumeAttributesClassName", "volumeMode",
    ];

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object)
    {
        @object["status"] = new JsonObject { ["phase"] = "Pending" };
        BindingJson.Hold(@object, NodeDirectory.VolumeProtection);
        if (@object.Text("spec", "csi", "driver") == NodeDirectory.Driver) BindingJson.Hold(@object, NodeDirectory.DataFinalizer);
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec") ?? [];
        VolumeFields.AccessModes(spec, Spec, errors);
        VolumeFields.Storage(spec.Child("capacity"), Spec.Child("capacity"), errors);
        var sources = spec.Where(member => member.Value is not null && !NotSources.Contains(member.Key)).ToArray();
        if (sources.Length == 0) errors.Required(Spec, "must specify a volume type");
        foreach (var extra in sources.Skip(1)) errors.Forbidden(Spec.Child(extra.Key), "may not specify more than 1 volume type");
        if (spec.Text("csi", "driver") == NodeDirectory.Driver) Directory(@object, spec, errors);
    }

    // The directory goes by the volume's name: so no two volumes share one, and none is somewhere else on the node.
    private static void Directory(JsonObject @object, JsonObject spec, FieldErrors errors)
    {
        var csi = Spec.Child("csi");
        if (spec.Text("csi", "volumeHandle") != @object.Text("metadata", "name")) errors.Invalid(csi.Child("volumeHandle"), spec.At("csi", "volumeHandle"), "must be metadata.name");
        if (spec.Text("csi", "volumeAttributes", NodeDirectory.NodeAttribute).Length == 0) errors.Required(csi.Child("volumeAttributes").Key(NodeDirectory.NodeAttribute), "the node the directory is on");
        if (spec.Child("nodeAffinity", "required") is null) errors.Required(Spec.Child("nodeAffinity").Child("required"), "the directory is on one node");
        if (spec.Text("volumeMode") == "Block") errors.NotSupported(Spec.Child("volumeMode"), "Block", "Filesystem");
        if (spec.HasElements("mountOptions")) errors.Forbidden(Spec.Child("mountOptions"), $"is not served by {NodeDirectory.Driver}");
    }

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        foreach (var (member, before) in current.Child("spec") ?? [])
        {
            if (NotSources.Contains(member) && member is not ("volumeMode" or "nodeAffinity")) continue;
            if (!JsonNode.DeepEquals(before, updated.Child("spec")?[member])) errors.Forbidden(Spec, $"{member} is immutable after creation");
        }
    }
}
