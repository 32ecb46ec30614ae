using System.Collections.Immutable;

namespace ControlPlane.Scheduling;

/// <summary>An amount of a resource beyond the built-in ones: <c>vendor.com/gpu</c>, <c>hugepages-2Mi</c>.</summary>
public readonly record struct ExtendedAmount(string Name, long Amount);

/// <summary>What a node offers or a pod asks for. CPU in thousandths of a core, memory and ephemeral storage in bytes.</summary>
public readonly record struct ResourceAmounts(long MilliCpu, long Memory, long EphemeralStorage, ImmutableArray<ExtendedAmount> Extended)
{
    public static ResourceAmounts None { get; } = new(0, 0, 0, []);

    /// <summary>Both together.</summary>
    public ResourceAmounts Plus(in ResourceAmounts other) => Merge(other, static (x, y) => Sum(x, y));

    /// <summary>The larger of the two, resource by resource.</summary>
    public ResourceAmounts Max(in ResourceAmounts other) => Merge(other, Math.Max);

    /// <summary>The amount of an extended resource; 0 if there is none.</summary>
    public long Of(string name)
    {
        foreach (var extended in Extended)
        {
            if (extended.Name == name) return extended.Amount;
        }
        return 0;
    }

    public bool Equals(ResourceAmounts other) =>
        MilliCpu == other.MilliCpu && Memory == other.Memory && EphemeralStorage == other.EphemeralStorage && Extended.AsSpan().SequenceEqual(other.Extended.AsSpan());

    public override int GetHashCode() => HashCode.Combine(MilliCpu, Memory, EphemeralStorage, Extended.Length);

    /// <summary>Absurd requests stay absurdly large instead of wrapping round to nothing.</summary>
    private static long Sum(long x, long y) => x > long.MaxValue - y ? long.MaxValue : x + y;

    private ResourceAmounts Merge(in ResourceAmounts other, Func<long, long, long> merge)
    {
        var extended = Extended;
        if (other.Extended.Length > 0)
        {
            var all = new SortedDictionary<string, long>(StringComparer.Ordinal);
            foreach (var (name, amount) in Extended) all[name] = amount;
            foreach (var (name, amount) in other.Extended) all[name] = merge(all.GetValueOrDefault(name), amount);
            extended = [.. all.Select(entry => new ExtendedAmount(entry.Key, entry.Value))];
        }
        return new(merge(MilliCpu, other.MilliCpu), merge(Memory, other.Memory), merge(EphemeralStorage, other.EphemeralStorage), extended);
    }
}
