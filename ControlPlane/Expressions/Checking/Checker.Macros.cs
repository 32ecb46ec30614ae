using ControlPlane.Expressions.Syntax;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Checking;

/// <summary>Macros with variables of their own.</summary>
internal sealed partial class Checker
{
    private CelType Comprehension(ComprehensionExpr macro)
    {
        var range = _types.Resolve(Visit(macro.Range));
        var (key, item) = range.Kind switch
        {
            CelTypeKind.List => (CelType.Int, range.Element),
            CelTypeKind.Map => (range.Parameters[0], range.Element),
            CelTypeKind.Dyn => (CelType.Dyn, CelType.Dyn),
            CelTypeKind.Parameter when _types.Assign(range, CelType.Dyn) => (CelType.Dyn, CelType.Dyn),
            _ => (CelType.Dyn, Error(macro.Range.Position, $"expression of type '{Shown(range)}' cannot be range of a comprehension (must be list, map, or dynamic)")),
        };
        var single = range.Kind == CelTypeKind.Map ? key : item;
        macro.FirstSlot = Declare(macro.First, macro.Second is null ? single : key);
        if (macro.Second is not null) macro.SecondSlot = Declare(macro.Second, item);
        var condition = macro.Condition is null ? CelType.Bool : Visit(macro.Condition);
        var result = macro.Result is null ? single : Visit(macro.Result);
        Forget(macro.Second is null ? 1 : 2);

        if (!_types.Assign(condition, CelType.Bool)) NotBool(macro, condition, result);
        return macro.Kind switch
        {
            MacroKind.All or MacroKind.Exists or MacroKind.ExistsOne => CelType.Bool,
            MacroKind.TransformMap => CelType.Map(key, result),
            MacroKind.TransformMapEntry => Entry(macro, result),
            _ => CelType.List(result),
        };
    }

    private void NotBool(ComprehensionExpr macro, CelType condition, CelType result)
    {
        switch (macro.Kind)
        {
            case MacroKind.All: NoOverload(macro.Position, "_&&_", null, CelType.Bool, condition); break;
            case MacroKind.Exists: NoOverload(macro.Position, "_||_", null, CelType.Bool, condition); break;
            case MacroKind.ExistsOne: NoOverload(macro.Position, "_?_:_", null, condition, CelType.Int, CelType.Int); break;
            default: NoOverload(macro.Position, "_?_:_", null, condition, CelType.List(result), CelType.List(result)); break;
        }
    }

    private CelType Entry(ComprehensionExpr macro, CelType result)
    {
        var (key, value) = (_types.Fresh(), _types.Fresh());
        return _types.Assign(result, CelType.Map(key, value)) ? CelType.Map(key, value) : NoOverload(macro.Position, "cel.@mapInsert", null, CelType.AnyMap, result);
    }

    private CelType Bind(BindExpr bind)
    {
        var value = Visit(bind.Value);
        var inner = value;
        if (bind.Kind != BindKind.Bind)
        {
            inner = _types.Fresh();
            if (!_types.Assign(value, CelType.Optional(inner)))
            {
                NoOverload(bind.Position, bind.Kind == BindKind.OptionalMap ? "optMap" : "optFlatMap", value, CelType.Dyn);
                inner = CelType.Dyn;
            }
            inner = _types.Resolve(inner);
        }
        bind.Slot = Declare(bind.Variable, inner);
        var body = Visit(bind.Body);
        Forget(1);
        switch (bind.Kind)
        {
            case BindKind.OptionalMap: return CelType.Optional(body);
            case BindKind.OptionalFlatMap when !_types.Assign(body, CelType.Optional(_types.Fresh())):
                return NoOverload(bind.Position, "_?_:_", null, CelType.Bool, body, CelType.Optional(CelType.Dyn));
            default: return body;
        }
    }
}
