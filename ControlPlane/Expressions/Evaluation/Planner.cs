using ControlPlane.Expressions.Syntax;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Evaluation;

/// <summary>Makes a plan of a checked tree.</summary>
internal static class Planner
{
    public static Node Plan(Expr tree) => tree switch
    {
        LiteralExpr literal => new ConstantNode(literal.Value),
        NameExpr name => Named(name.Reference!),
        SelectExpr select => Select(select),
        CallExpr call => Call(call),
        LogicExpr logic => new LogicNode([.. logic.Terms.Select(Plan)], logic.IsAnd),
        ConditionalExpr conditional => new ConditionalNode(Plan(conditional.Condition), Plan(conditional.Then), Plan(conditional.Otherwise)),
        ListExpr list => List(list),
        MapExpr map => new MapNode([.. map.Entries.Select(entry => (Plan(entry.Key), new Part(Plan(entry.Value), entry.IsOptional)))]),
        MessageExpr message => new MessageNode(
            message.Type,
            [.. message.Fields.Select(field => (message.Type.Field(field.Name)!, new Part(Plan(field.Value), field.IsOptional)))]),
        ComprehensionExpr comprehension => Macro(comprehension),
        BindExpr bind => new BindNode(bind.Kind, bind.Slot, Plan(bind.Value), Plan(bind.Body)),
        _ => throw new InvalidOperationException($"No plan is known for {tree.GetType().Name}."),
    };

    private static Node Named(Reference reference) => reference.IsConstant ? new ConstantNode(reference.Constant, 1) : new VariableNode(reference.Slot);

    private static Node Select(SelectExpr select)
    {
        if (select.Reference is { } reference) return Named(reference);
        var operand = Plan(select.Operand);
        if (select.IsTest) return new HasNode(operand, select.Field);
        return select.IsOptional ? new OptionalSelectNode(operand, select.Field) : new SelectNode(operand, select.Field);
    }

    private static Node Call(CallExpr call)
    {
        if (call.Candidates.IsEmpty) return new ConstantNode(Indexing.NoOverload);
        var isMember = call.Target is not null && !call.IsQualified;
        if (isMember && call.Function is "or" or "orValue") return new OrNode(Plan(call.Target!), Plan(call.Arguments[0]), call.Function == "orValue");
        Node[] arguments = isMember ? [Plan(call.Target!), .. call.Arguments.Select(Plan)] : [.. call.Arguments.Select(Plan)];
        return new CallNode(arguments, call.Candidates);
    }

    private static Node List(ListExpr list)
    {
        Part[] parts = [.. list.Items.Select(item => new Part(Plan(item.Value), item.IsOptional))];
        // A list of constants is made once.
        return parts.All(part => part is { IsOptional: false, Value: ConstantNode })
            ? new ConstantNode(CelValue.Of(new ArrayList([.. parts.Select(part => ((ConstantNode)part.Value).Value)])), ListNode.Cost)
            : new ListNode(parts);
    }

    private static Node Macro(ComprehensionExpr macro)
    {
        var range = Plan(macro.Range);
        var condition = macro.Condition is null ? null : Plan(macro.Condition);
        var result = macro.Result is null ? null : Plan(macro.Result);
        int? second = macro.Second is null ? null : macro.SecondSlot;
        return macro.Kind switch
        {
            MacroKind.All or MacroKind.Exists => new QuantifierNode(range, macro.FirstSlot, second, condition!, macro.Kind == MacroKind.All),
            MacroKind.ExistsOne => new ExistsOneNode(range, macro.FirstSlot, second, condition!),
            MacroKind.TransformMap or MacroKind.TransformMapEntry =>
                new MapMacroNode(range, macro.FirstSlot, second, condition, result!, macro.Kind == MacroKind.TransformMapEntry),
            _ => new ListMacroNode(range, macro.FirstSlot, second, condition, result),
        };
    }
}
