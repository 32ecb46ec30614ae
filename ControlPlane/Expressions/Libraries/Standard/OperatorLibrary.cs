using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Syntax;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Standard;

/// <summary>Arithmetic, <c>[]</c>, <c>in</c> and <c>size</c>. What overflows or divides by zero is a fault.</summary>
internal static class OperatorLibrary
{
    private static readonly Implementation Add = static arguments => Arithmetic.Add(arguments[0], arguments[1]);
    private static readonly Implementation Subtract = static arguments => Arithmetic.Subtract(arguments[0], arguments[1]);
    private static readonly Implementation Multiply = static arguments => Arithmetic.Multiply(arguments[0], arguments[1]);
    private static readonly Implementation Divide = static arguments => Arithmetic.Divide(arguments[0], arguments[1]);
    private static readonly Implementation Remainder = static arguments => Arithmetic.Remainder(arguments[0], arguments[1]);
    private static readonly Implementation Negate = static arguments => Arithmetic.Negate(arguments[0]);
    private static readonly Implementation Not = static arguments => arguments[0].Kind == CelKind.Bool ? CelValue.Of(!arguments[0].IsTrue) : Indexing.NoOverload;
    private static readonly Implementation Index = static arguments => Indexing.At(arguments[0], arguments[1]);
    private static readonly Implementation OptionalIndex = static arguments => Indexing.OptionalAt(arguments[0], arguments[1]);
    private static readonly Implementation Size = static arguments => SizeOf(arguments[0]);

    public static void Declare(FunctionTable table)
    {
        string[] numbers = ["int", "uint", "double"];
        table.AddEach([.. numbers, "string", "bytes", "list(A)", "duration"], "_+_(§, §): §", Add, CostRules.Texts, total: true);
        table.Add("_+_(timestamp, duration): timestamp", Add, CostRules.Texts, total: true);
        table.Add("_+_(duration, timestamp): timestamp", Add, CostRules.Texts, total: true);
        table.AddEach([.. numbers, "duration"], "_-_(§, §): §", Subtract, total: true);
        table.Add("_-_(timestamp, timestamp): duration", Subtract, total: true);
        table.Add("_-_(timestamp, duration): timestamp", Subtract, total: true);
        table.AddEach(numbers, "_*_(§, §): §", Multiply, total: true);
        table.AddEach(numbers, "_/_(§, §): §", Divide, total: true);
        table.AddEach(["int", "uint"], "_%_(§, §): §", Remainder, total: true);
        table.AddEach(["int", "double"], $"{Operators.Negate}(§): §", Negate, total: true);
        table.Add($"{Operators.Not}(bool): bool", Not, total: true);
        table.Add($"{Operators.Index}(list(A), int): A", Index, total: true);
        table.Add($"{Operators.Index}(map(A, B), A): B", Index, total: true);
        table.Add($"{Operators.Index}(optional(list(A)), int): optional(A)", Index, total: true);
        table.Add($"{Operators.Index}(optional(map(A, B)), A): optional(B)", Index, total: true);
        table.Add($"{Operators.OptionalIndex}(list(A), int): optional(A)", OptionalIndex, total: true);
        table.Add($"{Operators.OptionalIndex}(map(A, B), A): optional(B)", OptionalIndex, total: true);
        table.Add($"{Operators.OptionalIndex}(optional(list(A)), int): optional(A)", OptionalIndex, total: true);
        table.Add($"{Operators.OptionalIndex}(optional(map(A, B)), A): optional(B)", OptionalIndex, total: true);
        table.Add($"{Operators.In}(A, list(A)): bool", static arguments => Contains(arguments[1].List, arguments[0]), CostRules.SecondItems);
        table.Add($"{Operators.In}(A, map(A, B)): bool", static arguments => CelValue.Of(arguments[1].Map.TryGet(arguments[0], out _)));
        table.AddEach(["string", "bytes", "list(A)", "map(A, B)"], "size(§): int", Size, total: true);
        table.AddEach(["string", "bytes", "list(A)", "map(A, B)"], "(§).size(): int", Size, total: true);
    }

    private static CelValue Contains(CelList list, CelValue sought)
    {
        for (var at = 0; at < list.Count; at++)
        {
            if (Equality.Equal(list[at], sought)) return CelValue.True;
        }
        return CelValue.False;
    }

    private static CelValue SizeOf(CelValue value) => value.Kind switch
    {
        CelKind.String => CelValue.Of((long)Texts.Length(value.Text)),
        CelKind.Bytes => CelValue.Of((long)value.Data.Length),
        CelKind.List => CelValue.Of((long)value.List.Count),
        CelKind.Map => CelValue.Of((long)value.Map.Count),
        _ => Indexing.NoOverload,
    };
}
