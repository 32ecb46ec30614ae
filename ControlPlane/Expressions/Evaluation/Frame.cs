namespace ControlPlane.Expressions.Evaluation;

/// <summary>Thrown when an evaluation costs too much, so that nothing in the expression can take it for an error of its own.</summary>
internal sealed class OverBudgetException : Exception;

/// <summary>The state of one evaluation.</summary>
internal sealed class Frame(int slots, CelBudget budget)
{
    private readonly long _limit = budget.Next;
    private readonly CancellationToken _cancellation = budget.Cancellation;
    private long _charges;

    /// <summary>The variables.</summary>
    public CelValue[] Slots { get; } = new CelValue[slots];

    public long Used { get; private set; }

    /// <summary>Counts a cost before it arises; ends the evaluation if it is too much, or is to end.</summary>
    public void Charge(long cost)
    {
        Used += cost;
        if (Used > _limit) throw new OverBudgetException();
        if ((++_charges & 255) == 0) _cancellation.ThrowIfCancellationRequested();
    }
}
