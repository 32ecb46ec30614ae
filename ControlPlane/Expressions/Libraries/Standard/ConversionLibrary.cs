using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Standard;

/// <summary>Functions named for types, which make values of them; <c>type</c> and <c>dyn</c>.</summary>
internal static class ConversionLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.AddEach(["bool", "string"], "bool(§): bool", static arguments => Conversions.ToBool(arguments[0]), total: true);
        table.AddEach(
            ["int", "uint", "double", "string", "timestamp", "duration"],
            "int(§): int",
            static arguments => Conversions.ToInt(arguments[0]),
            total: true);
        table.AddEach(["uint", "int", "double", "string"], "uint(§): uint", static arguments => Conversions.ToUint(arguments[0]), total: true);
        table.AddEach(["double", "int", "uint", "string"], "double(§): double", static arguments => Conversions.ToDouble(arguments[0]), total: true);
        table.AddEach(
            ["string", "bool", "int", "uint", "double", "bytes", "timestamp", "duration"],
            "string(§): string",
            static arguments => Conversions.ToText(arguments[0]),
            CostRules.Text,
            static sizes => Math.Max(30, sizes[0]),
            total: true);
        table.AddEach(
            ["bytes", "string"],
            "bytes(§): bytes",
            static arguments => Conversions.ToBytes(arguments[0]),
            CostRules.Text,
            static sizes => CostRules.Times(sizes[0], 4),
            total: true);
        table.AddEach(
            ["timestamp", "int", "string"],
            "timestamp(§): timestamp",
            static arguments => Conversions.ToTimestamp(arguments[0]),
            total: true);
        table.AddEach(["duration", "int", "string"], "duration(§): duration", static arguments => Conversions.ToDuration(arguments[0]), total: true);
        table.Add("dyn(A): dyn", static arguments => arguments[0]);
        table.Add("type(A): type(A)", static arguments => CelValue.OfType(Conversions.TypeName(arguments[0])));
    }
}
