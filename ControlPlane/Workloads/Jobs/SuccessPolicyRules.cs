using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>What <c>spec.successPolicy</c> must look like.</summary>
internal static class SuccessPolicyRules
{
    private const int MostRules = 20;
    private const int LongestIndexes = 64 * 1024;

    /// <param name="spec">A Job's spec.</param>
    public static void Validate(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        if (spec.Child("successPolicy") is not { } policy) return;
        if (spec.Text("completionMode") != "Indexed") errors.Invalid(path.Child("successPolicy"), policy, "requires indexed completion mode");
        var (rules, at) = (policy.Objects("rules").ToArray(), path.Child("successPolicy").Child("rules"));
        if (rules.Length == 0) errors.Required(at, "at least one rules must be specified when the successPolicy is specified");
        if (rules.Length > MostRules) errors.TooMany(at, rules.Length, MostRules);
        for (var i = 0; i < rules.Length; i++) Rule(rules[i], at.Item(i), (int)(spec.Number("completions") ?? 0), errors);
    }

    private static void Rule(JsonObject rule, FieldPath path, int completions, FieldErrors errors)
    {
        var (text, count) = (rule.Text("succeededIndexes"), rule.Number("succeededCount"));
        if (text.Length == 0 && count is null) errors.Required(path, "at least one of succeededCount or succeededIndexes must be specified");
        var among = completions;
        if (text.Length > LongestIndexes) errors.TooLong(path.Child("succeededIndexes"), LongestIndexes);
        else if (text.Length > 0)
        {
            var (indexes, fault) = IndexSet.Parse(text, completions);
            if (fault is not null) errors.Invalid(path.Child("succeededIndexes"), text, $"error parsing succeededIndexes: {fault}");
            else among = indexes.Count;
        }
        if (count is <= 0) errors.Invalid(path.Child("succeededCount"), count, "must be greater than 0");
        else if (count > among)
        {
            var of = text.Length == 0 ? "the number of specified completions" : "the number of indexes in the specified succeededIndexes field";
            errors.Invalid(path.Child("succeededCount"), count, $"must be less than or equal to {among} ({of})");
        }
    }
}
