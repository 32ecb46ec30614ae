using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Workloads.Pods.Specs;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>Defaults and rules of a Job's spec, in a Job and in a CronJob's template alike.</summary>
internal static class JobSpec
{
    public static void ApplyDefaults(JsonObject spec)
    {
        PodSpecDefaults.ApplyToTemplate(spec);
        // Without either number one pod must succeed; with parallelism alone any pod's success will do.
        if (!spec.Has("completions") && !spec.Has("parallelism")) spec["completions"] = 1L;
        spec.Default("parallelism", 1);
        spec.Default("backoffLimit", 6);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        spec.Default("podReplacementPolicy", spec.Has("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
    }

    public static void Validate(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        PodTemplateRules.Template(spec, path, errors, "OnFailure", "Never");
        foreach (var member in (ReadOnlySpan<string>)["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"])
        {
            FieldRules.NotNegative(spec, member, path, errors);
        }
        FieldRules.OneOf(spec, "completionMode", path, errors, "Indexed", "NonIndexed");
        FieldRules.OneOf(spec, "podReplacementPolicy", path, errors, "Failed", "TerminatingOrFailed");
        if (spec.Text("completionMode") == "Indexed" && !spec.Has("completions")) errors.Required(path.Child("completions"), "when completion mode is Indexed");
        LabelSelectorRules.Validate(spec.Child("selector"), path.Child("selector"), errors);
    }
}
