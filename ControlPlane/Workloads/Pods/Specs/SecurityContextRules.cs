using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What the security contexts of a pod and of its containers must look like.</summary>
internal static class SecurityContextRules
{
    public static void Validate(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        if (spec.Flag("shareProcessNamespace") == true && spec.Flag("hostPID") == true)
        {
            errors.Invalid(path.Child("shareProcessNamespace"), true, "ShareProcessNamespace and HostPID cannot both be enabled");
        }
        if (spec.Child("securityContext") is not { Count: > 0 } context) return;
        var at = path.Child("securityContext");
        Ids(context, at, errors);
        FieldRules.Between(context, "fsGroup", 0, int.MaxValue, at, errors);
        FieldRules.OneOf(context, "fsGroupChangePolicy", at, errors, "Always", "OnRootMismatch");
    }

    public static void ValidateContainer(JsonObject? context, FieldPath path, FieldErrors errors)
    {
        if (context is null) return;
        Ids(context, path, errors);
        FieldRules.OneOf(context, "procMount", path, errors, "Default", "Unmasked");
        if (context.Flag("allowPrivilegeEscalation") != false) return;
        if (context.Flag("privileged") == true)
        {
            errors.Invalid(path, context.DeepClone(), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }
        if (context.Child("capabilities").Texts("add").Contains("CAP_SYS_ADMIN"))
        {
            errors.Invalid(path, context.DeepClone(), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
        }
    }

    private static void Ids(JsonObject context, FieldPath path, FieldErrors errors)
    {
        FieldRules.Between(context, "runAsUser", 0, int.MaxValue, path, errors);
        FieldRules.Between(context, "runAsGroup", 0, int.MaxValue, path, errors);
        if (context.Child("seccompProfile") is not { } profile) return;
        FieldRules.Required(profile, "type", path.Child("seccompProfile"), errors);
        FieldRules.OneOf(profile, "type", path.Child("seccompProfile"), errors, "Localhost", "RuntimeDefault", "Unconfined");
    }
}
