using System.Collections.Immutable;
using ControlPlane.Expressions.Checking;
using ControlPlane.Expressions.Evaluation;
using ControlPlane.Expressions.Libraries;
using ControlPlane.Expressions.Syntax;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Costs;

/// <summary>Finds the most an expression can cost, by the largest values its variables can have.</summary>
internal sealed class CostEstimator
{
    private readonly Dictionary<int, Bound> _variables = [];

    private CostEstimator(ImmutableArray<Input> inputs)
    {
        foreach (var input in inputs) _variables[input.Slot] = Bound.Of(input.Type);
    }

    public static long Estimate(Expr tree, ImmutableArray<Input> inputs) => new CostEstimator(inputs).Visit(tree).Cost;

    private (long Cost, Bound Value) Visit(Expr tree)
    {
        switch (tree)
        {
            case LiteralExpr literal: return (0, new(CostRules.SizeOf(literal.Value)));
            case NameExpr name: return (1, Named(name.Reference!));
            case SelectExpr { Reference: { } reference }: return (1, Named(reference));
            case SelectExpr select: return (CostRules.Plus(Visit(select.Operand).Cost, 1), select.IsTest ? Bound.One : Bound.Of(select.Type));
            case CallExpr call: return Call(call);
            case LogicExpr logic: return (Sum(logic.Terms.Select(term => Visit(term).Cost)), Bound.One);
            case ConditionalExpr conditional:
                var (condition, then, otherwise) = (Visit(conditional.Condition), Visit(conditional.Then), Visit(conditional.Otherwise));
                return (CostRules.Plus(condition.Cost, Math.Max(then.Cost, otherwise.Cost)), Bound.Max(then.Value, otherwise.Value));
            case ListExpr list: return Literal(ListNode.Cost, list.Items.Length, [], [.. list.Items.Select(item => Visit(item.Value))]);
            case MapExpr map:
                var (keys, values) = (map.Entries.Select(entry => Visit(entry.Key)).ToArray(), map.Entries.Select(entry => Visit(entry.Value)).ToArray());
                return Literal(MapNode.Cost, map.Entries.Length, keys, values);
            case MessageExpr message: return (CostRules.Plus(MessageNode.Cost, Sum(message.Fields.Select(field => Visit(field.Value).Cost))), Bound.One);
            case ComprehensionExpr comprehension: return Comprehension(comprehension);
            case BindExpr bind:
                var bound = Visit(bind.Value);
                _variables[bind.Slot] = bound.Value;
                var body = Visit(bind.Body);
                return (CostRules.Plus(CostRules.Plus(bound.Cost, 1), body.Cost), body.Value);
            default: throw new InvalidOperationException($"No cost is known for {tree.GetType().Name}.");
        }
    }

    private Bound Named(Reference reference) => reference.IsConstant ? Bound.One : _variables[reference.Slot];

    private static (long Cost, Bound Value) Literal(long cost, int count, (long Cost, Bound Value)[] keys, (long Cost, Bound Value)[] values)
    {
        cost = CostRules.Plus(cost, Sum([.. keys.Select(key => key.Cost), .. values.Select(value => value.Cost)]));
        return (cost, new(count, Largest(values), Largest(keys)));
    }

    private static Func<Bound>? Largest((long Cost, Bound Value)[] parts)
    {
        if (parts.Length == 0) return null;
        var largest = parts.Select(part => part.Value).Aggregate(Bound.Max);
        return () => largest;
    }

    private (long Cost, Bound Value) Call(CallExpr call)
    {
        Expr[] trees = call.Target is null || call.IsQualified ? [.. call.Arguments] : [call.Target, .. call.Arguments];
        var arguments = trees.Select(Visit).ToArray();
        if (call.Candidates.IsEmpty) return (Sum(arguments.Select(argument => argument.Cost)), Bound.One);
        var sizes = new long[arguments.Length + 1];
        for (var at = 0; at < arguments.Length; at++) sizes[at] = arguments[at].Value.Size;
        var (worst, grown) = (1L, 1L);
        foreach (var candidate in call.Candidates)
        {
            sizes[^1] = Grown(candidate, sizes);
            grown = Math.Max(grown, sizes[^1]);
            worst = Math.Max(worst, candidate.Cost?.Invoke(sizes) ?? 1);
        }
        return (CostRules.Plus(Sum(arguments.Select(argument => argument.Cost)), worst), Result(call, [.. arguments.Select(argument => argument.Value)], grown));
    }

    private static long Grown(Overload overload, long[] sizes)
    {
        if (overload.Growth is not null) return Math.Min(CostRules.Most, overload.Growth(sizes.AsSpan(0, sizes.Length - 1)));
        var hasSize = overload.Result.Kind is CelTypeKind.String or CelTypeKind.Bytes or CelTypeKind.List or CelTypeKind.Map
            or CelTypeKind.Dyn or CelTypeKind.Parameter or CelTypeKind.Optional;
        return hasSize ? Sum(sizes.Take(sizes.Length - 1)) : 1;
    }

    private static Bound Result(CallExpr call, Bound[] arguments, long size)
    {
        switch (call.Function)
        {
            case Operators.Index or Operators.OptionalIndex: return arguments[0].Item?.Invoke() ?? Bound.Of(call.Type);
            case "or" or "orValue" or "_+_": return Bound.Max(new(size), Bound.Max(arguments[0], arguments[1]));
            case "split" or "findAll": return new(size, () => new(arguments[0].Size));
            case "value" or "of" or "ofNonZeroValue" or "dyn": return arguments[0];
        }
        if (call.Type.Kind is not (CelTypeKind.List or CelTypeKind.Map or CelTypeKind.Optional)) return new(size);
        return new(size, arguments.FirstOrDefault(argument => argument.Item is not null)?.Item ?? (() => Bound.Of(call.Type.Element)));
    }

    private (long Cost, Bound Value) Comprehension(ComprehensionExpr macro)
    {
        var range = Visit(macro.Range);
        var isMap = macro.Range.Type.Kind == CelTypeKind.Map;
        var item = range.Value.Item?.Invoke() ?? (macro.Range.Type.Parameters.IsEmpty ? Bound.One : Bound.Of(macro.Range.Type.Element));
        var key = range.Value.Key?.Invoke() ?? Bound.One;
        var single = isMap ? key : item;
        _variables[macro.FirstSlot] = macro.Second is null ? single : key;
        if (macro.Second is not null) _variables[macro.SecondSlot] = item;
        var condition = macro.Condition is null ? 0 : Visit(macro.Condition).Cost;
        var result = macro.Result is null ? (Cost: 0, Value: single) : Visit(macro.Result);
        var step = macro.Kind switch
        {
            MacroKind.All or MacroKind.Exists => QuantifierNode.StepCost,
            MacroKind.ExistsOne => ExistsOneNode.StepCost,
            MacroKind.TransformMap or MacroKind.TransformMapEntry => MapMacroNode.StepCost,
            _ => ListMacroNode.StepCost,
        };
        var each = CostRules.Plus(CostRules.Plus(step, condition), result.Cost);
        var cost = CostRules.Plus(range.Cost, CostRules.Times(range.Value.Size, each));
        var makes = macro.Kind is not (MacroKind.All or MacroKind.Exists or MacroKind.ExistsOne);
        return (cost, makes ? new(range.Value.Size, () => result.Value, () => key) : Bound.One);
    }

    private static long Sum(IEnumerable<long> costs) => costs.Aggregate(0L, CostRules.Plus);
}
