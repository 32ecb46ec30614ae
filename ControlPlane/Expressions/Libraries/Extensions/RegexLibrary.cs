using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Extensions;

/// <summary>Kubernetes' functions that find parts of texts.</summary>
internal static class RegexLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.Add(
            "(string).find(string): string",
            static arguments => Find(arguments[0].Text, arguments[1].Text),
            CostRules.Regex,
            CostRules.AsFirst);
        table.Add(
            "(string).findAll(string): list(string)",
            static arguments => FindAll(arguments[0].Text, arguments[1].Text, -1),
            CostRules.Regex,
            CostRules.AsFirst);
        table.Add(
            "(string).findAll(string, int): list(string)",
            static arguments => FindAll(arguments[0].Text, arguments[1].Text, arguments[2].Int),
            CostRules.Regex,
            CostRules.AsFirst);
    }

    private static CelValue Find(string text, string pattern)
    {
        if (Patterns.Find(pattern, out var found) is { } fault) return CelValue.Fault(fault);
        return CelValue.Of(found!.Match(text).Value);
    }

    private static CelValue FindAll(string text, string pattern, long limit)
    {
        if (Patterns.Find(pattern, out var found) is { } fault) return CelValue.Fault(fault);
        var values = new List<CelValue>();
        foreach (var match in found!.EnumerateMatches(text))
        {
            if (limit >= 0 && values.Count >= limit) break;
            values.Add(CelValue.Of(text.Substring(match.Index, match.Length)));
        }
        return CelValue.Of(new ArrayList([.. values]));
    }
}
