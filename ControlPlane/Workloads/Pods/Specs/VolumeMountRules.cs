using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What a container's volume mounts and devices must look like.</summary>
internal static class VolumeMountRules
{
    public static void Validate(JsonObject container, IReadOnlySet<string> volumes, FieldPath path, FieldErrors errors)
    {
        Each(container, "volumeMounts", "mountPath", volumes, path, errors);
        Each(container, "volumeDevices", "devicePath", volumes, path, errors);
    }

    /// <summary>The fault of a path that must stay below where it is mounted.</summary>
    public static string? RelativeFault(string path)
    {
        if (path.StartsWith('/')) return "must be a relative path";
        return path.Split('/').Contains("..") ? "must not contain '..'" : null;
    }

    private static void Each(JsonObject container, string list, string place, IReadOnlySet<string> volumes, FieldPath path, FieldErrors errors)
    {
        if (container.List(list) is not { } mounts) return;
        var places = new HashSet<string>();
        for (var i = 0; i < mounts.Count; i++)
        {
            if (mounts[i] is not JsonObject mount) continue;
            var at = path.Child(list).Item(i);
            var name = mount.Text("name");
            if (name.Length == 0) errors.Required(at.Child("name"));
            else if (!volumes.Contains(name)) errors.NotFound(at.Child("name"), name);
            var where = mount.Text(place);
            if (where.Length == 0) errors.Required(at.Child(place));
            else if (!places.Add(where)) errors.Invalid(at.Child(place), where, "must be unique");
            if (mount.Text("subPath").Length > 0 && mount.Text("subPathExpr").Length > 0) errors.Invalid(at.Child("subPathExpr"), mount.Text("subPathExpr"), "subPathExpr and subPath are mutually exclusive");
            FieldRules.Optional(mount, "subPath", at, errors, RelativeFault);
            FieldRules.Optional(mount, "subPathExpr", at, errors, RelativeFault);
            FieldRules.OneOf(mount, "mountPropagation", at, errors, "Bidirectional", "HostToContainer", "None");
        }
    }
}
