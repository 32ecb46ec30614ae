using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What a pod's volumes must look like.</summary>
internal static class VolumeRules
{
    private const string ModeMessage = "must be a number between 0 and 0777 (octal), both inclusive";
    private const long MaxMode = 511;

    /// <summary>Adds the faults of the volumes and answers their names.</summary>
    public static IReadOnlySet<string> Validate(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        var names = new HashSet<string>();
        if (spec.List("volumes") is not { } volumes) return names;
        for (var i = 0; i < volumes.Count; i++)
        {
            if (volumes[i] is not JsonObject volume) continue;
            var at = path.Item(i);
            FieldRules.Named(volume, "name", at, errors, NameSyntax.DnsLabel);
            if (volume.Text("name") is { Length: > 0 } name && !names.Add(name)) errors.Duplicate(at.Child("name"), name);
            var sources = volume.Where(member => member.Key != "name" && member.Value is not null).Select(member => member.Key).ToArray();
            if (sources.Length == 0) errors.Required(at, "must specify a volume type");
            foreach (var extra in sources.Skip(1)) errors.Forbidden(at.Child(extra), "may not specify more than 1 volume type");
            Source(volume, at, errors);
        }
        return names;
    }

    private static void Source(JsonObject volume, FieldPath path, FieldErrors errors)
    {
        if (volume.Child("hostPath") is { } host)
        {
            FieldRules.Required(host, "path", path.Child("hostPath"), errors);
            if (host.Text("path").Split('/').Contains("..")) errors.Invalid(path.Child("hostPath").Child("path"), host.Text("path"), "must not contain '..'");
            FieldRules.OneOf(host, "type", path.Child("hostPath"), errors, "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket");
        }
        if (volume.Child("secret") is { } secret)
        {
            FieldRules.Required(secret, "secretName", path.Child("secret"), errors);
            Files(secret, path.Child("secret"), errors);
        }
        if (volume.Child("configMap") is { } map)
        {
            FieldRules.Required(map, "name", path.Child("configMap"), errors);
            Files(map, path.Child("configMap"), errors);
        }
        if (volume.Child("downwardAPI") is { } downward) DownwardApi(downward, path.Child("downwardAPI"), errors);
        if (volume.Child("emptyDir") is { } empty)
        {
            if (empty.Has("sizeLimit")) FieldRules.Quantity(empty["sizeLimit"], path.Child("emptyDir").Child("sizeLimit"), errors);
        }
        if (volume.Child("persistentVolumeClaim") is { } claim) FieldRules.Required(claim, "claimName", path.Child("persistentVolumeClaim"), errors);
        if (volume.Child("nfs") is { } nfs)
        {
            FieldRules.Required(nfs, "server", path.Child("nfs"), errors);
            FieldRules.Required(nfs, "path", path.Child("nfs"), errors);
        }
        if (volume.Child("csi") is { } csi) FieldRules.Required(csi, "driver", path.Child("csi"), errors);
        if (volume.Child("ephemeral") is { } ephemeral) FieldRules.Required(ephemeral, "volumeClaimTemplate", path.Child("ephemeral"), errors);
        if (volume.Child("projected") is { } projected) Projected(projected, path.Child("projected"), errors);
    }

    private static void Projected(JsonObject projected, FieldPath path, FieldErrors errors)
    {
        Mode(projected, "defaultMode", path, errors);
        var index = 0;
        foreach (var source in projected.Objects("sources"))
        {
            var at = path.Child("sources").Item(index++);
            if (source.Count > 1) errors.Forbidden(at, "may not specify more than 1 volume type per source");
            if (source.Child("secret") is { } secret)
            {
                FieldRules.Required(secret, "name", at.Child("secret"), errors);
                Files(secret, at.Child("secret"), errors);
            }
            if (source.Child("configMap") is { } map)
            {
                FieldRules.Required(map, "name", at.Child("configMap"), errors);
                Files(map, at.Child("configMap"), errors);
            }
            if (source.Child("downwardAPI") is { } downward) DownwardApi(downward, at.Child("downwardAPI"), errors);
            if (source.Child("serviceAccountToken") is { } token)
            {
                FieldRules.Required(token, "path", at.Child("serviceAccountToken"), errors);
                if (token.Number("expirationSeconds") is < 600) errors.Invalid(at.Child("serviceAccountToken").Child("expirationSeconds"), token.Number("expirationSeconds"), "may not specify a duration less than 10 minutes");
            }
        }
    }

    private static void Files(JsonObject source, FieldPath path, FieldErrors errors)
    {
        Mode(source, "defaultMode", path, errors);
        var index = 0;
        foreach (var item in source.Objects("items"))
        {
            var at = path.Child("items").Item(index++);
            FieldRules.Required(item, "key", at, errors);
            FieldRules.Named(item, "path", at, errors, VolumeMountRules.RelativeFault);
            Mode(item, "mode", at, errors);
        }
    }

    private static void DownwardApi(JsonObject source, FieldPath path, FieldErrors errors)
    {
        Mode(source, "defaultMode", path, errors);
        var index = 0;
        foreach (var item in source.Objects("items"))
        {
            var at = path.Child("items").Item(index++);
            FieldRules.Named(item, "path", at, errors, VolumeMountRules.RelativeFault);
            if (!item.Has("fieldRef") && !item.Has("resourceFieldRef")) errors.Required(at, "one of fieldRef and resourceFieldRef is required");
            Mode(item, "mode", at, errors);
        }
    }

    private static void Mode(JsonObject source, string member, FieldPath path, FieldErrors errors)
    {
        if (source.Number(member) is { } mode and (< 0 or > MaxMode)) errors.Invalid(path.Child(member), mode, ModeMessage);
    }
}
