using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Evaluation;

/// <summary>A step of a plan. Immutable; all that changes is in the frame.</summary>
internal abstract class Node
{
    /// <summary>The value, or a fault.</summary>
    public abstract CelValue Run(Frame frame);
}

internal sealed class ConstantNode(CelValue value, long cost = 0) : Node
{
    public CelValue Value { get; } = value;

    public override CelValue Run(Frame frame)
    {
        frame.Charge(cost);
        return Value;
    }
}

internal sealed class VariableNode(int slot) : Node
{
    public override CelValue Run(Frame frame)
    {
        frame.Charge(1);
        return frame.Slots[slot];
    }
}

internal sealed class SelectNode(Node operand, string name) : Node
{
    private readonly CelValue _key = CelValue.Of(name);

    public override CelValue Run(Frame frame)
    {
        var value = operand.Run(frame);
        frame.Charge(1);
        return Indexing.Select(value, name, _key);
    }
}

internal sealed class OptionalSelectNode(Node operand, string name) : Node
{
    private readonly CelValue _key = CelValue.Of(name);

    public override CelValue Run(Frame frame)
    {
        var value = operand.Run(frame);
        frame.Charge(1);
        return Indexing.OptionalSelect(value, name, _key);
    }
}

internal sealed class HasNode(Node operand, string name) : Node
{
    private readonly CelValue _key = CelValue.Of(name);

    public override CelValue Run(Frame frame)
    {
        var value = operand.Run(frame);
        frame.Charge(1);
        return Indexing.Has(value, name, _key);
    }
}

/// <summary><c>&amp;&amp;</c> and <c>||</c>: one term that decides is enough, whatever the others are.</summary>
internal sealed class LogicNode(Node[] terms, bool isAnd) : Node
{
    public override CelValue Run(Frame frame)
    {
        var fault = default(CelValue);
        var isWrong = false;
        foreach (var term in terms)
        {
            var value = term.Run(frame);
            if (value.Kind == CelKind.Bool)
            {
                if (value.IsTrue != isAnd) return value;
            }
            else if (!isWrong)
            {
                isWrong = true;
                fault = value.IsFault ? value : Indexing.NoOverload;
            }
        }
        return isWrong ? fault : CelValue.Of(isAnd);
    }
}

internal sealed class ConditionalNode(Node condition, Node then, Node otherwise) : Node
{
    public override CelValue Run(Frame frame)
    {
        var value = condition.Run(frame);
        if (value.Kind != CelKind.Bool) return value.IsFault ? value : Indexing.NoOverload;
        return (value.IsTrue ? then : otherwise).Run(frame);
    }
}

/// <summary><c>or</c> and <c>orValue</c>: what is not needed is not evaluated.</summary>
internal sealed class OrNode(Node first, Node second, bool unwraps) : Node
{
    public override CelValue Run(Frame frame)
    {
        var value = first.Run(frame);
        frame.Charge(1);
        if (value.IsFault) return value;
        if (value.Kind != CelKind.Optional) return Indexing.NoOverload;
        if (!value.Optional.HasValue) return second.Run(frame);
        return unwraps ? value.Optional.Value : value;
    }
}

/// <summary><c>cel.bind</c>, <c>optMap</c>, <c>optFlatMap</c>.</summary>
internal sealed class BindNode(Syntax.BindKind kind, int slot, Node value, Node body) : Node
{
    public override CelValue Run(Frame frame)
    {
        var bound = value.Run(frame);
        frame.Charge(1);
        if (kind != Syntax.BindKind.Bind)
        {
            if (bound.IsFault) return bound;
            if (bound.Kind != CelKind.Optional) return Indexing.NoOverload;
            if (!bound.Optional.HasValue) return bound;
            bound = bound.Optional.Value;
        }
        frame.Slots[slot] = bound;
        var result = body.Run(frame);
        return kind != Syntax.BindKind.OptionalMap || result.IsFault ? result : CelOptional.Some(result);
    }
}
