using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Extensions;

/// <summary>Lists seen as sets.</summary>
internal static class SetLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.Add(
            "sets.contains(list(A), list(A)): bool",
            static arguments => CelValue.Of(Covers(arguments[0].List, arguments[1].List)),
            CostRules.Product);
        table.Add(
            "sets.equivalent(list(A), list(A)): bool",
            static arguments => CelValue.Of(Covers(arguments[0].List, arguments[1].List) && Covers(arguments[1].List, arguments[0].List)),
            CostRules.Product);
        table.Add(
            "sets.intersects(list(A), list(A)): bool",
            static arguments => CelValue.Of(Meets(arguments[0].List, arguments[1].List)),
            CostRules.Product);
    }

    private static bool Covers(CelList whole, CelList part)
    {
        for (var at = 0; at < part.Count; at++)
        {
            if (ListLibrary.Find(whole, part[at]) < 0) return false;
        }
        return true;
    }

    private static bool Meets(CelList left, CelList right)
    {
        for (var at = 0; at < left.Count; at++)
        {
            if (ListLibrary.Find(right, left[at]) >= 0) return true;
        }
        return false;
    }
}
