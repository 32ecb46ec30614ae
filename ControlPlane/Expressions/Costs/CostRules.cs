using ControlPlane.Expressions.Libraries;

namespace ControlPlane.Expressions.Costs;

/// <summary>What calls cost, in the units of Kubernetes' model: a step is 1, and ten characters of a text that is gone through are 1.</summary>
internal static class CostRules
{
    /// <summary>The largest cost there is: additions stop there.</summary>
    public const long Most = long.MaxValue / 4;

    /// <summary>Going through the first argument's text.</summary>
    public static SizeRule Text { get; } = static sizes => Tenth(sizes[0]);

    /// <summary>Going through the texts of all arguments.</summary>
    public static SizeRule Texts { get; } = static sizes => Tenth(Sum(sizes[..^1]));

    /// <summary>Comparing two values, up to where the shorter ends.</summary>
    public static SizeRule Comparison { get; } = static sizes => Tenth(Math.Min(sizes[0], sizes[1]));

    /// <summary>Looking for one text in another.</summary>
    public static SizeRule Search { get; } = static sizes => Times(Tenth(sizes[0]), Tenth(sizes[1]));

    /// <summary>Matching a text: its length times that of the pattern.</summary>
    public static SizeRule Regex { get; } = static sizes => Times(Tenth(sizes[0] + 1), Math.Max(1, (sizes[1] + 3) / 4));

    /// <summary>Going through the items of the first argument.</summary>
    public static SizeRule Items { get; } = static sizes => Math.Max(1, sizes[0]);

    /// <summary>Going through the items of the second argument.</summary>
    public static SizeRule SecondItems { get; } = static sizes => Math.Max(1, sizes[1]);

    /// <summary>Comparing each item of one with each of the other.</summary>
    public static SizeRule Product { get; } = static sizes => Math.Max(1, Times(sizes[0], sizes[1]));

    /// <summary>Comparing each item with each.</summary>
    public static SizeRule Square { get; } = static sizes => Math.Max(1, Times(sizes[0], sizes[0]));

    /// <summary>Making a text: what is read and what is written.</summary>
    public static SizeRule Written { get; } = static sizes => Tenth(Sum(sizes));

    /// <summary>The result is no larger than the first argument.</summary>
    public static SizeRule AsFirst { get; } = static sizes => sizes[0];

    /// <summary>The result has no size.</summary>
    public static SizeRule NoSize { get; } = static _ => 1;

    /// <summary>A tenth, rounded up.</summary>
    public static long Tenth(long size) => size / 10 + (size % 10 == 0 ? 0 : 1);

    public static long Times(long left, long right) => left > 0 && right > Most / left ? Most : left * right;

    public static long Plus(long left, long right) => left > Most - right ? Most : left + right;

    /// <summary>The size of a value.</summary>
    public static long SizeOf(CelValue value) => value.Kind switch
    {
        // Units instead of characters: as many or more, and nothing is gone through to count.
        CelKind.String => value.Text.Length,
        CelKind.Bytes => value.Data.Length,
        CelKind.List => value.List.Count,
        CelKind.Map => value.Map.Count,
        CelKind.Optional => value.Optional.HasValue ? SizeOf(value.Optional.Value) : 1,
        CelKind.Opaque => value.Opaque is ISized sized ? sized.Size : 1,
        _ => 1,
    };

    private static long Sum(ReadOnlySpan<long> sizes)
    {
        var sum = 0L;
        foreach (var size in sizes) sum = Plus(sum, size);
        return sum;
    }
}

/// <summary>A value of a library that has a size.</summary>
internal interface ISized
{
    long Size { get; }
}
