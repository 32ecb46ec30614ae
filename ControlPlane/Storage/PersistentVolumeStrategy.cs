using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
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
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject { ["phase"] = "Pending" };

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec") ?? [];
        VolumeFields.AccessModes(spec, Spec, errors);
        VolumeFields.Storage(spec.Child("capacity"), Spec.Child("capacity"), errors);
        var sources = spec.Where(member => member.Value is not null && !NotSources.Contains(member.Key)).ToArray();
        if (sources.Length == 0) errors.Required(Spec, "must specify a volume type");
        foreach (var extra in sources.Skip(1)) errors.Forbidden(Spec.Child(extra.Key), "may not specify more than 1 volume type");
    }

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        foreach (var (member, before) in current.Child("spec") ?? [])
        {
            if (NotSources.Contains(member) && member != "volumeMode") continue;
            if (!JsonNode.DeepEquals(before, updated.Child("spec")?[member])) errors.Forbidden(Spec, $"{member} is immutable after creation");
        }
    }
}
