using System.Collections.Immutable;
using System.Text.RegularExpressions;
using ControlPlane.Expressions.Checking;
using ControlPlane.Expressions.Evaluation;
using ControlPlane.Expressions.Syntax;
using ControlPlane.Expressions.Types;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions;

/// <summary>A checked expression that can be evaluated, by several threads at once.</summary>
public sealed class CelProgram
{
    private readonly Expr _tree;
    private readonly ImmutableArray<Input> _inputs;
    private readonly int _slots;
    private readonly Node _plan;

    internal CelProgram(Expr tree, Checked found, Node plan) => (_tree, ResultType, _inputs, _slots, _plan) = (tree, found.Result, found.Inputs, found.Slots, plan);

    /// <summary>What the value is, as far as that is known: Kubernetes asks for bool of rules and string of messages.</summary>
    public CelType ResultType { get; }

    /// <summary>The variables the expression uses.</summary>
    public IEnumerable<string> Variables => _inputs.Select(input => input.Name);

    /// <summary>
    /// Evaluates. What goes wrong in the expression is the result's error; a budget that is used up is one too, whatever the expression does
    /// with errors. Throws only <see cref="OperationCanceledException"/>, when the budget's token says so.
    /// </summary>
    public CelResult Evaluate(CelActivation bindings, CelBudget budget)
    {
        var frame = new Frame(_slots, budget);
        foreach (var input in _inputs)
        {
            frame.Slots[input.Slot] = bindings.TryGet(input.Name, out var value) ? value : CelValue.Fault($"no such attribute(s): {input.Name}");
        }
        Equality.Steps = 0;
        try
        {
            return new(_plan.Run(frame), frame.Used);
        }
        catch (Exception costly) when (costly is OverBudgetException or RegexMatchTimeoutException)
        {
            return new(CelValue.Fault("operation cancelled: actual cost limit exceeded"), frame.Used, IsOverBudget: true);
        }
        catch (InsufficientExecutionStackException)
        {
            return new(CelValue.Fault("value is nested too deeply"), frame.Used);
        }
        finally
        {
            budget.Use(frame.Used);
        }
    }

    /// <summary>
    /// The most the expression may cost for any value of its variables' types, by the bounds their schemas set; without bounds, by what a
    /// request may hold.
    /// </summary>
    public long EstimateCost() => Costs.CostEstimator.Estimate(_tree, _inputs);
}
