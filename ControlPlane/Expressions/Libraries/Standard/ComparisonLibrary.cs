using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Standard;

/// <summary>Equality and order. Numbers of different types have an order; values of different types are unequal.</summary>
internal static class ComparisonLibrary
{
    private static readonly Implementation Less = static arguments => Order(arguments, static order => order == -1);
    private static readonly Implementation LessOrEqual = static arguments => Order(arguments, static order => order is -1 or 0);
    private static readonly Implementation Greater = static arguments => Order(arguments, static order => order == 1);
    private static readonly Implementation GreaterOrEqual = static arguments => Order(arguments, static order => order is 1 or 0);

    public static void Declare(FunctionTable table)
    {
        table.Add("_==_(A, A): bool", static arguments => CelValue.Of(Equality.Equal(arguments[0], arguments[1])), CostRules.Comparison, total: true);
        table.Add(
            "_!=_(A, A): bool",
            static arguments => CelValue.Of(!Equality.Equal(arguments[0], arguments[1])),
            CostRules.Comparison,
            total: true);
        foreach (var (sign, run) in (ReadOnlySpan<(string, Implementation)>)[("<", Less), ("<=", LessOrEqual), (">", Greater), (">=", GreaterOrEqual)])
        {
            table.AddEach(
                ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"],
                $"_{sign}_(§, §): bool",
                run,
                CostRules.Comparison,
                total: true);
            table.AddEach(["uint", "double"], $"_{sign}_(int, §): bool", run, CostRules.Comparison, total: true);
            table.AddEach(["int", "double"], $"_{sign}_(uint, §): bool", run, CostRules.Comparison, total: true);
            table.AddEach(["int", "uint"], $"_{sign}_(double, §): bool", run, CostRules.Comparison, total: true);
        }
    }

    private static CelValue Order(ReadOnlySpan<CelValue> arguments, Func<int, bool> holds) =>
        Ordering.Comparable(arguments[0], arguments[1]) ? CelValue.Of(holds(Ordering.Compare(arguments[0], arguments[1]))) : Indexing.NoOverload;
}
