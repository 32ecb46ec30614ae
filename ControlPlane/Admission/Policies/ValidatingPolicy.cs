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
internal sealed class ValidatingPolicy
{
    /// <summary>The reason of a refusal where the policy names none.</summary>
    public const string Invalid = "Invalid";

    private const int LongestMessage = 5 * 1024;
    private const int LongestAnnotation = 10 * 1024;
    private static readonly PolicyVerdict Nothing = new([], []);
    private readonly PolicyLanguage _language;
    private readonly ImmutableArray<PolicyExpression> _conditions;
    private readonly Dictionary<string, PolicyExpression> _variables;
    private readonly ImmutableArray<Validation> _validations;
    private readonly ImmutableArray<(string Key, PolicyExpression Value)> _annotations;
    private readonly ImmutableArray<string> _uses;

    private ValidatingPolicy(string name, JsonObject? spec)
    {
        Name = name;
        Match = PolicyMatch.Read(spec.Child("matchConstraints"));
        ParamKind = ParamKind.Read(spec.Child("paramKind"));
        MayFail = spec.Text("failurePolicy") == "Ignore";
        var language = _language = new(ParamKind is not null);
        _conditions = [.. spec.Objects("matchConditions").Select(condition => language.Condition(condition.Text("expression").Trim()))];
        _variables = [];
        foreach (var variable in spec.Objects("variables")) _variables[variable.Text("name")] = language.Variable(variable.Text("name"), variable.Text("expression"));
        _validations = [.. spec.Objects("validations").Select(validation => Validation.Read(validation, language))];
        _annotations = [.. spec.Objects("auditAnnotations").Select(annotation => (annotation.Text("key"), language.Annotation(annotation.Text("valueExpression"))))];
        _uses = [.. _conditions.Concat(_variables.Values).Concat(_annotations.Select(annotation => annotation.Value)).Concat(_validations.Select(validation => validation.Expression)).Concat(_validations.Select(validation => validation.Says).OfType<PolicyExpression>()).SelectMany(one => one.Uses).Distinct()];
    }

    public string Name { get; }

    /// <summary>Which writes it is about.</summary>
    public PolicyMatch Match { get; }

    /// <summary>Of its parameters; null where it has none.</summary>
    public ParamKind? ParamKind { get; }

    /// <summary>Whether a write goes on when the policy can't say.</summary>
    public bool MayFail { get; }

    /// <summary>Reads one as it is stored.</summary>
    public static ValidatingPolicy Read(StoredObject stored) => new(stored.Key.Name, stored.ToJsonObject().Child("spec"));

    /// <summary>Judges a write.</summary>
    /// <param name="input">The write.</param>
    /// <param name="param">The parameters; null for none.</param>
    /// <param name="budget">What all policies may cost for the write together.</param>
    public PolicyVerdict Judge(PolicyInput input, JsonObject? param, CelBudget budget)
    {
        var values = input.Values(_uses, param);
        if (_variables.Count > 0) values[PolicyLanguage.Variables] = CelValue.Lazily(_language.VariablesType, name => Variable(name, values, budget));
        if (!_conditions.IsEmpty)
        {
            var (matches, fault) = IsMeant(values, budget);
            if (fault is not null) return MayFail ? Nothing : new PolicyFailure(fault, Invalid);
            if (!matches) return Nothing;
        }
        List<PolicyFailure>? failures = null;
        for (var i = 0; i < _validations.Length; i++)
        {
            var validation = _validations[i];
            var (value, error) = validation.Expression.Evaluate(values, budget);
            if (error is null && value.IsTrue) continue;

            // Then nothing that is left can be said, and what was said before counts for nothing, as in Kubernetes.
            if (budget.IsSpent) return Spent();
            if (error is null) (failures ??= []).Add(new(Message(validation, values, budget), validation.Reason, i));
            else if (!MayFail) (failures ??= []).Add(new(error, Invalid, i));
        }
        List<(string, string)>? annotations = null;
        foreach (var (key, expression) in _annotations)
        {
            var (text, fault) = Annotation(expression, values, budget);
            if (budget.IsSpent) return Spent();
            if (fault is not null && !MayFail) (failures ??= []).Add(new(fault, Invalid));
            if (text.Length > 0) (annotations ??= []).Add((key, text));
        }
        return failures is null && annotations is null ? Nothing : new(failures ?? [], annotations ?? []);
    }

    private PolicyVerdict Spent() => MayFail ? Nothing : new PolicyFailure(PolicyExpression.Spent, Invalid);

    // Empty for none.
    private static (string Text, string? Fault) Annotation(PolicyExpression expression, CelActivation values, CelBudget budget)
    {
        var (value, error) = expression.Evaluate(values, budget);
        if (error is not null) return ("", error);
        var text = value.Kind is CelKind.String ? value.AsString.Trim() : "";
        return (text.Length > LongestAnnotation ? text[..LongestAnnotation] : text, null);
    }

    // One that is false spares the write, whatever the others say.
    private (bool Matches, string? Fault) IsMeant(CelActivation values, CelBudget budget)
    {
        var faults = new List<string>();
        foreach (var condition in _conditions)
        {
            var (value, error) = condition.Evaluate(values, budget);
            if (error is not null) faults.Add(error);
            else if (!value.IsTrue) return (false, null);
        }
        return faults.Count switch
        {
            0 => (true, null),
            1 => (false, faults[0]),
            _ => (false, $"[{string.Join(", ", faults)}]"),
        };
    }

    private CelValue Variable(string name, CelActivation values, CelBudget budget)
    {
        var expression = _variables[name];
        if (expression.Program is null) return CelValue.Fault($"composited variable \"{name}\" fails to compile: {expression.Fault}");
        var result = expression.Program.Evaluate(values, budget);
        return result.Error is { } error ? CelValue.Fault($"composited variable \"{name}\" fails to evaluate: {error}") : result.Value;
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
