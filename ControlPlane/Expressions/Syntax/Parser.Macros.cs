using System.Collections.Immutable;

namespace ControlPlane.Expressions.Syntax;

/// <summary>Calls that are no functions, because they name variables or ask whether something is there.</summary>
internal sealed partial class Parser
{
    /// <summary>The tree a call stands for, if it is a macro; null if it is a function.</summary>
    private static Expr? Macro(int position, string function, Expr? target, ImmutableArray<Expr> arguments)
    {
        if (target is null) return function == "has" && arguments.Length == 1 ? Has(arguments[0]) : null;
        if (function == "bind" && arguments.Length == 3 && target is NameExpr { Name: "cel" })
        {
            var bound = (arguments[0] as NameExpr)?.Name ?? throw new SyntaxException(arguments[0].Position, "cel.bind() variable names must be simple identifiers");
            return new BindExpr(position, BindKind.Bind, bound, arguments[1], arguments[2]);
        }
        if (arguments.Length == 2)
        {
            switch (function)
            {
                case "all": return One(MacroKind.All, arguments[1], null);
                case "exists": return One(MacroKind.Exists, arguments[1], null);
                case "exists_one" or "existsOne": return One(MacroKind.ExistsOne, arguments[1], null);
                case "filter": return One(MacroKind.Filter, arguments[1], null);
                case "map": return One(MacroKind.Map, null, arguments[1]);
                case "optMap": return new BindExpr(position, BindKind.OptionalMap, Variable(arguments[0]), target, arguments[1]);
                case "optFlatMap": return new BindExpr(position, BindKind.OptionalFlatMap, Variable(arguments[0]), target, arguments[1]);
                default: return null;
            }
        }
        return (function, arguments.Length) switch
        {
            ("map", 3) => One(MacroKind.Map, arguments[1], arguments[2]),
            ("all", 3) => Two(MacroKind.All, arguments[2], null),
            ("exists", 3) => Two(MacroKind.Exists, arguments[2], null),
            ("exists_one" or "existsOne", 3) => Two(MacroKind.ExistsOne, arguments[2], null),
            ("transformList", 3) => Two(MacroKind.TransformList, null, arguments[2]),
            ("transformList", 4) => Two(MacroKind.TransformList, arguments[2], arguments[3]),
            ("transformMap", 3) => Two(MacroKind.TransformMap, null, arguments[2]),
            ("transformMap", 4) => Two(MacroKind.TransformMap, arguments[2], arguments[3]),
            ("transformMapEntry", 3) => Two(MacroKind.TransformMapEntry, null, arguments[2]),
            ("transformMapEntry", 4) => Two(MacroKind.TransformMapEntry, arguments[2], arguments[3]),
            _ => null,
        };

        ComprehensionExpr One(MacroKind kind, Expr? condition, Expr? result) => new(position, kind, target, Variable(arguments[0]), null, condition, result);

        ComprehensionExpr Two(MacroKind kind, Expr? condition, Expr? result)
        {
            var (first, second) = (Variable(arguments[0]), Variable(arguments[1]));
            if (first == second) throw new SyntaxException(arguments[1].Position, "duplicate variable name");
            return new(position, kind, target, first, second, condition, result);
        }
    }

    private static SelectExpr Has(Expr argument) =>
        argument is SelectExpr { IsOptional: false, IsTest: false } select
            ? new(select.Position, select.Operand, select.Field, isOptional: false, isTest: true)
            : throw new SyntaxException(argument.Position, "invalid argument to has() macro");

    private static string Variable(Expr argument) =>
        argument is NameExpr { IsAbsolute: false } name ? name.Name : throw new SyntaxException(argument.Position, "argument must be a simple name");
}
