using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Storage.Binding;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Storage;

/// <summary>How PersistentVolumeClaims are written.</summary>
public sealed class PersistentVolumeClaimStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object)
    {
        @object["status"] = new JsonObject { ["phase"] = "Pending" };
        BindingJson.Hold(@object, StorageKeys.ClaimProtection);
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        VolumeFields.AccessModes(spec, Spec, errors);
        VolumeFields.Storage(spec.Child("resources").Child("requests"), Spec.Child("resources"), errors);
        LabelSelectorRules.Validate(spec.Child("selector"), Spec.Child("selector"), errors);
        FieldRules.Optional(spec, "storageClassName", Spec, errors, NameSyntax.DnsSubdomain);
    }

    /// <summary>A claim may grow, be given a volume and be given a class; all else is as it was asked for.</summary>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        var (now, before) = ((JsonObject)(updated.Child("spec") ?? []).DeepClone(), (JsonObject)(current.Child("spec") ?? []).DeepClone());
        foreach (var member in (ReadOnlySpan<string>)["resources", "volumeAttributesClassName"])
        {
            now.Remove(member);
            before.Remove(member);
        }
        foreach (var member in (ReadOnlySpan<string>)["volumeName", "storageClassName"])
        {
            if (before.Text(member).Length == 0) now.Remove(member);
        }
        var (wanted, had) = (updated.Text("spec", "resources", "requests", "storage"), current.Text("spec", "resources", "requests", "storage"));
        if (Quantities.TryParseValue(wanted, out var bytes) && Quantities.TryParseValue(had, out var least) && bytes < least)
        {
            errors.Forbidden(Spec.Child("resources").Child("requests").Child("storage"), "field can not be less than previous value");
        }
        if (!JsonNode.DeepEquals(now, before)) errors.Forbidden(Spec, "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
    }
}
