namespace ControlPlane.Expressions;

/// <summary>
/// What evaluations may cost together, in the units of Kubernetes' model, and when they must end. Give one budget to all rules of one object.
/// For one thread at a time.
/// </summary>
/// <param name="total">What all evaluations with this budget may cost.</param>
/// <param name="perEvaluation">What a single one may cost.</param>
/// <param name="cancellation">Ends an evaluation by <see cref="OperationCanceledException"/>.</param>
public sealed class CelBudget(long total = CelBudget.PerObject, long perEvaluation = CelBudget.PerCall, CancellationToken cancellation = default)
{
    /// <summary>What Kubernetes lets one evaluation cost.</summary>
    public const long PerCall = 1_000_000;

    /// <summary>What Kubernetes lets all rules cost that look at one object.</summary>
    public const long PerObject = 10_000_000;

    /// <summary>What was used so far.</summary>
    public long Used { get; private set; }

    /// <summary>Whether nothing is left: no further rule can be evaluated.</summary>
    public bool IsSpent => Used >= total;

    internal CancellationToken Cancellation => cancellation;

    internal long Next => Math.Min(perEvaluation, Math.Max(0, total - Used));

    internal void Use(long cost) => Used += cost;
}
