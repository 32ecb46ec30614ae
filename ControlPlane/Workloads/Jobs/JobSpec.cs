using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Workloads.Pods.Specs;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>Defaults and rules of a Job's spec, in a Job and in a CronJob's template alike.</summary>
internal static class JobSpec
{
    private const int MostParallelIndexes = 100_000;

    /// <summary>Above this, and with failures counted by index, parallelism and failed indexes are bounded: both have a place in the status.</summary>
    private const int ManyCompletions = 100_000;
    private const int MostWithManyCompletions = 10_000;
    private const int LongestManager = 63;

    public static void ApplyDefaults(JsonObject spec)
    {
        PodSpecDefaults.ApplyToTemplate(spec);
        // Without either number one pod must succeed; with parallelism alone any pod's success will do.
        if (!spec.Has("completions") && !spec.Has("parallelism")) spec["completions"] = 1L;
        spec.Default("parallelism", 1);
        spec.Default("backoffLimit", spec.Has("backoffLimitPerIndex") ? int.MaxValue : 6);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        spec.Default("podReplacementPolicy", spec.Has("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
        foreach (var rule in spec.Objects("podFailurePolicy", "rules"))
        {
            foreach (var pattern in rule.Objects("onPodConditions")) pattern.Default("status", "True");
        }
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
        LabelSelectorRules.Validate(spec.Child("selector"), path.Child("selector"), errors);
        Manager(spec.Text("managedBy"), path.Child("managedBy"), errors);
        Indexes(spec, path, errors);
        FailurePolicyRules.Validate(spec, path, errors);
        SuccessPolicyRules.Validate(spec, path, errors);
    }

    private static void Manager(string manager, FieldPath path, FieldErrors errors)
    {
        if (manager.Length == 0) return;
        if (manager.Length > LongestManager) errors.TooLong(path, LongestManager);
        var (domain, name) = manager.Split('/', 2) is [var before, var after] ? (before, after) : ("", manager);
        if (domain.Length == 0 || name.Length == 0) errors.Invalid(path, manager, "must be a domain-prefixed path (such as \"acme.io/foo\")");
        else if (NameSyntax.DnsSubdomain(domain) is { } fault) errors.Invalid(path, manager, fault);
    }

    private static void Indexes(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        var (completions, perIndex, mostFailed) = (spec.Number("completions"), spec.Has("backoffLimitPerIndex"), spec.Number("maxFailedIndexes"));
        if (mostFailed is not null && !perIndex) errors.Required(path.Child("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
        if (spec.Text("completionMode") != "Indexed")
        {
            if (perIndex) errors.Invalid(path.Child("backoffLimitPerIndex"), spec["backoffLimitPerIndex"], "requires indexed completion mode");
            return;
        }
        if (completions is null) errors.Required(path.Child("completions"), "when completion mode is Indexed");
        var parallelism = spec.Number("parallelism") ?? 1;
        if (parallelism > MostParallelIndexes)
        {
            errors.Invalid(path.Child("parallelism"), parallelism, $"must be less than or equal to {MostParallelIndexes} when completion mode is Indexed");
        }
        if (mostFailed > completions) errors.Invalid(path.Child("maxFailedIndexes"), mostFailed, "must be less than or equal to completions");
        if (!perIndex || completions is null or <= ManyCompletions) return;
        const string Many = "when completions are above 100000 and used with backoff limit per index";
        if (mostFailed is null) errors.Required(path.Child("maxFailedIndexes"), "must be specified when completions is above 100000");
        else if (mostFailed > MostWithManyCompletions) errors.Invalid(path.Child("maxFailedIndexes"), mostFailed, $"must be less than or equal to {MostWithManyCompletions} {Many}");
        if (parallelism > MostWithManyCompletions) errors.Invalid(path.Child("parallelism"), parallelism, $"must be less than or equal to {MostWithManyCompletions} {Many}");
    }
}
