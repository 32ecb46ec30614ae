using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>What <c>spec.podFailurePolicy</c> must look like.</summary>
internal static class FailurePolicyRules
{
    private const int MostRules = 20;
    private const int MostExitCodes = 255;
    private const int MostPatterns = 20;

    /// <param name="spec">A Job's spec.</param>
    public static void Validate(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        if (spec.Child("podFailurePolicy") is not { } policy) return;
        if (spec.Text("template", "spec", "restartPolicy") != "Never")
        {
            errors.Invalid(path.Child("template").Child("spec").Child("restartPolicy"), spec.At("template", "spec", "restartPolicy"), "only \"Never\" is supported when podFailurePolicy is specified");
        }
        if (spec.Text("podReplacementPolicy") == "TerminatingOrFailed") errors.NotSupported(path.Child("podReplacementPolicy"), "TerminatingOrFailed", "Failed");
        var rules = path.Child("podFailurePolicy").Child("rules");
        if (policy.Items("rules").Count > MostRules) errors.TooMany(rules, policy.Items("rules").Count, MostRules);
        var containers = spec.Objects("template", "spec", "containers").Concat(spec.Objects("template", "spec", "initContainers")).Select(container => container.Text("name")).ToHashSet();
        var index = 0;
        foreach (var rule in policy.Objects("rules")) Rule(rule, rules.Item(index++), spec.Has("backoffLimitPerIndex"), containers, errors);
    }

    private static void Rule(JsonObject rule, FieldPath path, bool perIndex, HashSet<string> containers, FieldErrors errors)
    {
        if (rule.Text("action").Length == 0) errors.Required(path.Child("action"), "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]");
        FieldRules.OneOf(rule, "action", path, errors, "Count", "FailIndex", "FailJob", "Ignore");
        if (rule.Text("action") == "FailIndex" && !perIndex) errors.Invalid(path.Child("action"), "FailIndex", "requires the backoffLimitPerIndex to be set");
        var (exits, conditions) = (rule.Child("onExitCodes"), rule.HasElements("onPodConditions"));
        if (exits is not null && conditions) errors.Invalid(path, rule, "specifying both OnExitCodes and OnPodConditions is not supported");
        if (exits is null && !conditions) errors.Invalid(path, rule, "specifying one of OnExitCodes and OnPodConditions is required");
        if (exits is not null) ExitCodes(exits, path.Child("onExitCodes"), containers, errors);
        var patterns = rule.Objects("onPodConditions").ToArray();
        if (patterns.Length > MostPatterns) errors.TooMany(path.Child("onPodConditions"), patterns.Length, MostPatterns);
        for (var i = 0; i < patterns.Length; i++)
        {
            var at = path.Child("onPodConditions").Item(i);
            FieldRules.Named(patterns[i], "type", at, errors, LabelSyntax.QualifiedName);
            FieldRules.OneOf(patterns[i], "status", at, errors, "False", "True", "Unknown");
        }
    }

    private static void ExitCodes(JsonObject exits, FieldPath path, HashSet<string> containers, FieldErrors errors)
    {
        if (exits.Text("operator").Length == 0) errors.Required(path.Child("operator"), "valid values: [\"In\" \"NotIn\"]");
        FieldRules.OneOf(exits, "operator", path, errors, "In", "NotIn");
        if (exits.Text("containerName") is { Length: > 0 } name && !containers.Contains(name))
        {
            errors.Invalid(path.Child("containerName"), name, "must be one of the container or initContainer names in the pod template");
        }
        var (values, at) = (exits.Items("values").Select(value => value.Number() ?? -1).ToArray(), path.Child("values"));
        if (values.Length == 0) errors.Invalid(at, exits["values"], "at least one value is required");
        if (values.Length > MostExitCodes) errors.TooMany(at, values.Length, MostExitCodes);
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] == 0 && exits.Text("operator") == "In") errors.Invalid(at.Item(i), 0, "must not be 0 for the In operator");
            if (values.AsSpan(0, i).Contains(values[i])) errors.Duplicate(at.Item(i), values[i]);
        }
        if (!values.SequenceEqual(values.Order())) errors.Invalid(at, exits["values"], "must be ordered");
    }
}
