using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Storage;

/// <summary>Rules that claims and volumes share.</summary>
internal static class VolumeFields
{
    private static readonly string[] Modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

    public static void AccessModes(JsonObject? spec, FieldPath path, FieldErrors errors)
    {
        if (!spec.HasElements("accessModes")) errors.Required(path.Child("accessModes"), "at least 1 access mode is required");
        foreach (var mode in spec.Texts("accessModes"))
        {
            if (!Modes.Contains(mode)) errors.NotSupported(path.Child("accessModes"), mode, Modes);
        }
    }

    public static void Storage(JsonObject? amounts, FieldPath path, FieldErrors errors)
    {
        if (amounts?["storage"] is not { } storage)
        {
            errors.Required(path.Key("storage"));
            return;
        }
        FieldRules.Quantity(storage, path.Key("storage"), errors);
        if (Shared.Api.Quantities.TryParseValue(storage.TextOf(), out var bytes) && bytes == 0) errors.Invalid(path.Key("storage"), storage, "must be greater than zero");
    }
}
