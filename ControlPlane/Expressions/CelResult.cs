namespace ControlPlane.Expressions;

/// <summary>What an evaluation came to.</summary>
/// <param name="Value">The value; a fault if there is none.</param>
/// <param name="Cost">What it cost.</param>
/// <param name="IsOverBudget">Whether it was ended because it cost too much.</param>
public readonly record struct CelResult(CelValue Value, long Cost, bool IsOverBudget = false)
{
    /// <summary>Why there is no value, as Kubernetes says it: <c>no such key: x</c>; null if there is one.</summary>
    public string? Error => Value.IsFault ? Value.ToString() : null;

    /// <summary>Whether the value is true: not for a fault, and not for what is no bool.</summary>
    public bool IsTrue => Value.IsTrue;
}
