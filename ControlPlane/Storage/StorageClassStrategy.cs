using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;

namespace ControlPlane.Storage;

/// <summary>How StorageClasses are written.</summary>
public sealed class StorageClassStrategy : KindStrategy
{
    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        @object.Default("reclaimPolicy", "Delete");
        @object.Default("volumeBindingMode", "Immediate");
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        if (@object.Text("provisioner").Length == 0) errors.Required("provisioner");
        if (@object.Text("reclaimPolicy") is not ("Delete" or "Retain")) errors.NotSupported("reclaimPolicy", @object["reclaimPolicy"], "Delete", "Retain");
        if (@object.Text("volumeBindingMode") is not ("Immediate" or "WaitForFirstConsumer")) errors.NotSupported("volumeBindingMode", @object["volumeBindingMode"], "Immediate", "WaitForFirstConsumer");
    }

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        foreach (var member in (ReadOnlySpan<string>)["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"])
        {
            if (!JsonNode.DeepEquals(updated[member], current[member])) errors.Forbidden(member, $"updates to {member} are forbidden.");
        }
    }
}
