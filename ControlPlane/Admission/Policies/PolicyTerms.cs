using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Expressions;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>A policy, made ready. Immutable: all writes share it.</summary>
internal interface IPolicy
{
    /// <summary>What it has in common with policies that do something else.</summary>
    PolicyTerms Terms { get; }
}

/// <summary>Which writes a policy is about, and what its expressions may use: what ValidatingAdmissionPolicies and MutatingAdmissionPolicies have in common. Immutable.</summary>
internal sealed class PolicyTerms
{
    private readonly ImmutableArray<PolicyExpression> _conditions;
    private readonly Dictionary<string, PolicyExpression> _variables = [];

    private PolicyTerms(string name, JsonObject? spec)
    {
        Name = name;
        Match = PolicyMatch.Read(spec.Child("matchConstraints"));
        ParamKind = ParamKind.Read(spec.Child("paramKind"));
        MayFail = spec.Text("failurePolicy") == "Ignore";
        Language = new(ParamKind is not null);
        _conditions = [.. spec.Objects("matchConditions").Select(condition => Language.Condition(condition.Text("expression").Trim()))];
        foreach (var variable in spec.Objects("variables")) _variables[variable.Text("name")] = Language.Variable(variable.Text("name"), variable.Text("expression"));
    }

    public string Name { get; }

    /// <summary>Which writes it is about.</summary>
    public PolicyMatch Match { get; }

    /// <summary>Of its parameters; null where it has none.</summary>
    public ParamKind? ParamKind { get; }

    /// <summary>Whether a write goes on when the policy can't say.</summary>
    public bool MayFail { get; }

    /// <summary>Compiles what else the policy has.</summary>
    public PolicyLanguage Language { get; }

    /// <summary>Reads them of a policy as it is stored.</summary>
    public static PolicyTerms Read(string name, JsonObject? spec) => new(name, spec);

    /// <summary>The variables that a policy uses.</summary>
    /// <param name="own">Its other expressions.</param>
    public ImmutableArray<string> Uses(IEnumerable<PolicyExpression> own) => [.. _conditions.Concat(_variables.Values).Concat(own).SelectMany(one => one.Uses).Distinct()];

    /// <summary>The values of variables for one write. The policy's own are found when they are asked for, once each.</summary>
    /// <param name="uses">The variables that the policy uses.</param>
    /// <param name="input">The write.</param>
    /// <param name="param">The parameters; null for none.</param>
    /// <param name="budget">What all policies may cost for the write together.</param>
    public CelActivation Values(ImmutableArray<string> uses, PolicyInput input, JsonObject? param, CelBudget budget)
    {
        var values = input.Values(uses, param);
        if (_variables.Count > 0) values[PolicyLanguage.Variables] = CelValue.Lazily(Language.VariablesType, name => Variable(name, values, budget));
        return values;
    }

    /// <summary>Whether the match conditions mean a write, or why they can't say. One that is false spares the write, whatever the others say.</summary>
    public (bool Matches, string? Fault) IsMeant(CelActivation values, CelBudget budget)
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
}
