using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Expressions;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>That a write does not keep a policy, or that a policy could not say.</summary>
/// <param name="Reason">Of a refusal: one of Kubernetes' words.</param>
/// <param name="Index">Of the validation.</param>
internal readonly record struct PolicyFailure(string Message, string Reason, int Index = 0);

/// <summary>What a policy says of a write.</summary>
/// <param name="Failures">How the write fails it, in the order of its validations; empty if it does not, or is none that the match conditions mean.</param>
/// <param name="Annotations">What the audit log is to have, by the policy's own keys.</param>
internal readonly record struct PolicyVerdict(IReadOnlyList<PolicyFailure> Failures, IReadOnlyList<(string Key, string Value)> Annotations)
{
    public static implicit operator PolicyVerdict(PolicyFailure failure) => new([failure], []);
}

/// <summary>A ValidatingAdmissionPolicy, made ready. Immutable: all writes share it.</summary>
internal sealed class ValidatingPolicy : IPolicy
{
    /// <summary>The reason of a refusal where the policy names none.</summary>
    public const string Invalid = "Invalid";

    private const int LongestMessage = 5 * 1024;
    private const int LongestAnnotation = 10 * 1024;
    private static readonly PolicyVerdict Nothing = new([], []);
    private readonly ImmutableArray<Validation> _validations;
    private readonly ImmutableArray<(string Key, PolicyExpression Value)> _annotations;
    private readonly ImmutableArray<string> _uses;

    private ValidatingPolicy(string name, JsonObject? spec)
    {
        Terms = PolicyTerms.Read(name, spec);
        var language = Terms.Language;
        _validations = [.. spec.Objects("validations").Select(validation => Validation.Read(validation, language))];
        _annotations = [.. spec.Objects("auditAnnotations").Select(annotation => (annotation.Text("key"), language.Annotation(annotation.Text("valueExpression"))))];
        _uses = Terms.Uses([.. _annotations.Select(annotation => annotation.Value), .. _validations.Select(validation => validation.Expression), .. _validations.Select(validation => validation.Says).OfType<PolicyExpression>()]);
    }

    /// <inheritdoc/>
    public PolicyTerms Terms { get; }

    /// <summary>Reads one as it is stored.</summary>
    public static ValidatingPolicy Read(StoredObject stored) => new(stored.Key.Name, stored.ToJsonObject().Child("spec"));

    /// <summary>Judges a write.</summary>
    /// <param name="input">The write.</param>
    /// <param name="param">The parameters; null for none.</param>
    /// <param name="budget">What all policies may cost for the write together.</param>
    public PolicyVerdict Judge(PolicyInput input, JsonObject? param, CelBudget budget)
    {
        var values = Terms.Values(_uses, input, param, budget);
        var (matches, doubt) = Terms.IsMeant(values, budget);
        if (doubt is not null) return Terms.MayFail ? Nothing : new PolicyFailure(doubt, Invalid);
        if (!matches) return Nothing;
        List<PolicyFailure>? failures = null;
        for (var i = 0; i < _validations.Length; i++)
        {
            var validation = _validations[i];
            var (value, error) = validation.Expression.Evaluate(values, budget);
            if (error is null && value.IsTrue) continue;

            // Then nothing that is left can be said, and what was said before counts for nothing, as in Kubernetes.
            if (budget.IsSpent) return Spent();
            if (error is null) (failures ??= []).Add(new(Message(validation, values, budget), validation.Reason, i));
            else if (!Terms.MayFail) (failures ??= []).Add(new(error, Invalid, i));
        }
        List<(string, string)>? annotations = null;
        foreach (var (key, expression) in _annotations)
        {
            var (text, fault) = Annotation(expression, values, budget);
            if (budget.IsSpent) return Spent();
            if (fault is not null && !Terms.MayFail) (failures ??= []).Add(new(fault, Invalid));
            if (text.Length > 0) (annotations ??= []).Add((key, text));
        }
        return failures is null && annotations is null ? Nothing : new(failures ?? [], annotations ?? []);
    }

    private PolicyVerdict Spent() => Terms.MayFail ? Nothing : new PolicyFailure(PolicyExpression.Spent, Invalid);

    // Empty for none.
    private static (string Text, string? Fault) Annotation(PolicyExpression expression, CelActivation values, CelBudget budget)
    {
        var (value, error) = expression.Evaluate(values, budget);
        if (error is not null) return ("", error);
        var text = value.Kind is CelKind.String ? value.AsString.Trim() : "";
        return (text.Length > LongestAnnotation ? text[..LongestAnnotation] : text, null);
    }

    private static string Message(Validation validation, CelActivation values, CelBudget budget)
    {
        if (validation.Says?.Evaluate(values, budget) is (var said, null) && said.ToString().Trim() is { Length: > 0 and <= LongestMessage } words && !words.Contains('\n', StringComparison.Ordinal)) return words;
        return validation.Message.Length > 0 ? validation.Message : $"failed expression: {validation.Expression.Text.Trim()}";
    }

    /// <summary>One thing that must be true.</summary>
    private sealed record Validation(PolicyExpression Expression, string Message, PolicyExpression? Says, string Reason)
    {
        public static Validation Read(JsonObject validation, PolicyLanguage language) => new(
            language.Validation(validation.Text("expression")),
            validation.Text("message").Trim(),
            validation.Text("messageExpression") is { } words && words.Trim().Length > 0 ? language.Message(words) : null,
            validation.Text("reason") is { Length: > 0 } reason ? reason : Invalid);
    }
}
