using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Libraries.Extensions;

namespace ControlPlane.Expressions.Libraries.Standard;

/// <summary>What CEL itself asks of texts.</summary>
internal static class TextLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.Add(
            "(string).contains(string): bool",
            static arguments => CelValue.Of(arguments[0].Text.Contains(arguments[1].Text, StringComparison.Ordinal)),
            CostRules.Search);
        table.Add(
            "(string).startsWith(string): bool",
            static arguments => CelValue.Of(arguments[0].Text.StartsWith(arguments[1].Text, StringComparison.Ordinal)),
            CostRules.Text);
        table.Add(
            "(string).endsWith(string): bool",
            static arguments => CelValue.Of(arguments[0].Text.EndsWith(arguments[1].Text, StringComparison.Ordinal)),
            CostRules.Text);
        table.Add("(string).matches(string): bool", Matches, CostRules.Regex);
        table.Add("matches(string, string): bool", Matches, CostRules.Regex);
    }

    private static readonly Implementation Matches = static arguments =>
        Patterns.Find(arguments[1].Text, out var pattern) is { } fault ? CelValue.Fault(fault) : CelValue.Of(pattern!.IsMatch(arguments[0].Text));
}
