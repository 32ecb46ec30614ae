using ControlPlane.Expressions.Costs;

namespace ControlPlane.Expressions.Libraries.Quantities;

/// <summary>Kubernetes' functions of quantities.</summary>
internal static class QuantityLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.Type(QuantityValue.Name);
        table.Add("isQuantity(string): bool", static arguments => CelValue.Of(QuantityValue.Read(arguments[0].Text) is not null), CostRules.Text);
        table.Add("quantity(string): kubernetes.Quantity", Read, CostRules.Text, CostRules.NoSize);
        table.Add("(kubernetes.Quantity).sign(): int", static arguments => CelValue.Of((long)Quantity(arguments[0]).Sign));
        table.Add("(kubernetes.Quantity).isInteger(): bool", static arguments => CelValue.Of(Quantity(arguments[0]).IsInteger));
        table.Add("(kubernetes.Quantity).asInteger(): int", AsInteger);
        table.Add("(kubernetes.Quantity).asApproximateFloat(): double", static arguments => CelValue.Of(Quantity(arguments[0]).ToDouble()));
        table.Add(
            "(kubernetes.Quantity).add(kubernetes.Quantity): kubernetes.Quantity",
            static arguments => CelValue.Of(Quantity(arguments[0]).Plus(Quantity(arguments[1]))));
        table.Add(
            "(kubernetes.Quantity).add(int): kubernetes.Quantity",
            static arguments => CelValue.Of(Quantity(arguments[0]).Plus(QuantityValue.Of(arguments[1].Int))));
        table.Add(
            "(kubernetes.Quantity).sub(kubernetes.Quantity): kubernetes.Quantity",
            static arguments => CelValue.Of(Quantity(arguments[0]).Minus(Quantity(arguments[1]))));
        table.Add(
            "(kubernetes.Quantity).sub(int): kubernetes.Quantity",
            static arguments => CelValue.Of(Quantity(arguments[0]).Minus(QuantityValue.Of(arguments[1].Int))));
        table.Add("(kubernetes.Quantity).isLessThan(kubernetes.Quantity): bool", static arguments => CelValue.Of(Compare(arguments) < 0));
        table.Add("(kubernetes.Quantity).isGreaterThan(kubernetes.Quantity): bool", static arguments => CelValue.Of(Compare(arguments) > 0));
        table.Add("(kubernetes.Quantity).compareTo(kubernetes.Quantity): int", static arguments => CelValue.Of((long)Compare(arguments)));
    }

    private static readonly Implementation Read = static arguments =>
        QuantityValue.Read(arguments[0].Text) is { } read
            ? CelValue.Of(read)
            : CelValue.Fault("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");

    private static readonly Implementation AsInteger = static arguments =>
        Quantity(arguments[0]).TryInteger(out var integer) ? CelValue.Of(integer) : CelValue.Fault("cannot convert value to integer");

    private static QuantityValue Quantity(CelValue value) => (QuantityValue)value.Opaque;

    private static int Compare(ReadOnlySpan<CelValue> arguments) => Math.Sign(Quantity(arguments[0]).CompareTo(Quantity(arguments[1])));
}
