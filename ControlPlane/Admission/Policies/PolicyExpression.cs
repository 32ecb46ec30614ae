using ControlPlane.Expressions;

namespace ControlPlane.Admission.Policies;

/// <summary>An expression of a policy. Immutable.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Program">Null if it has a fault.</param>
/// <param name="Fault">What is wrong with it, in words for whoever wrote it.</param>
internal sealed record PolicyExpression(string Text, CelProgram? Program, string? Fault)
{
    /// <summary>What is said when all that a write's policies may cost is used up.</summary>
    public const string Spent = "validation failed due to running out of cost budget, no further validation rules will be run";

    /// <summary>The variables it uses.</summary>
    public IEnumerable<string> Uses => Program?.Variables ?? [];

    /// <summary>Its value, or why it has none, as Kubernetes says it.</summary>
    public (CelValue Value, string? Error) Evaluate(CelActivation values, CelBudget budget)
    {
        if (Program is null) return (default, $"compilation error: {Fault}");
        if (budget.IsSpent) return (default, Spent);
        var result = Program.Evaluate(values, budget);
        if (budget.IsSpent) return (default, Spent);
        return result.Error is { } error ? (default, $"expression '{Text}' resulted in error: {error}") : (result.Value, null);
    }
}
