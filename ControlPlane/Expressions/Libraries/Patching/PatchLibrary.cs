using ControlPlane.Expressions.Costs;

namespace ControlPlane.Expressions.Libraries.Patching;

/// <summary>What expressions that make JSON patches need.</summary>
internal static class PatchLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.Add(
            "jsonpatch.escapeKey(string): string",
            static arguments => CelValue.Of(arguments[0].Text.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)),
            CostRules.Written,
            static sizes => CostRules.Times(sizes[0], 2));
    }
}
