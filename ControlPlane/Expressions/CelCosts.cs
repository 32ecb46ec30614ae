using System.Globalization;
using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions;

/// <summary>What expressions may cost by their estimate, before they ever run, and what is said of one that costs more.</summary>
public static class CelCosts
{
    /// <summary>What Kubernetes lets one rule of a schema cost: the estimate of the rule times how often its place in the schema may occur.</summary>
    public const long PerRule = 10_000_000;

    /// <summary>What Kubernetes lets all rules of one definition cost.</summary>
    public const long PerDefinition = 100_000_000;

    /// <summary>How often a value below a list or map may be there in one object; null where no bound is set, by that or by one around it.</summary>
    /// <param name="container">The list or map, made from a schema.</param>
    /// <param name="times">How often that itself may be there.</param>
    public static long? Below(CelType container, long? times) =>
        times is { } outer && (container.Source?.Constraints?.MaxItems ?? container.Source?.Constraints?.MaxProperties) is { } most ? Times(outer, most) : null;

    /// <summary>The most that a rule can cost in all places where a value of its type is; without bounds these are as many as a request can hold.</summary>
    public static long InAll(long cost, CelType type, long? times) => Times(cost, times ?? Bound.MostIn(type));

    /// <summary>The product of costs, which never overflows.</summary>
    public static long Times(long cost, long times) => CostRules.Times(cost, times);

    /// <summary>What Kubernetes says of a rule that costs more than it may; null if it does not.</summary>
    public static string? Excess(long cost, long limit)
    {
        if (cost <= limit) return null;
        var factor = (double)cost / limit;
        var shown = factor > 100 ? "more than 100x" : factor.ToString(factor < 1.5 ? "F6" : "F1", CultureInfo.InvariantCulture) + "x";
        return $"estimated rule cost exceeds budget by factor of {shown} "
            + "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
    }
}
