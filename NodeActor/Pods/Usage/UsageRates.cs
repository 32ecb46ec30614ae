using System.Collections.Immutable;
using NodeActor.Runtime;
using Shared.Api;
using Shared.Protocol;

namespace NodeActor.Pods.Usage;

/// <summary>
/// What containers use, from two samples of what they have used. Holds the last sample. A pod is left out as long as one of its running containers has no use yet, as
/// metrics-server leaves it out: what the others use would be taken for the whole.
/// </summary>
public sealed class UsageRates
{
    private static readonly TimeSpan LongestUsual = TimeSpan.FromMinutes(1);
    private Dictionary<string, ContainerCounters> _last = new(StringComparer.Ordinal);

    /// <summary>A mean over a longer time, as it comes of samples that failed, says little of now.</summary>
    /// <param name="every">How often samples are taken.</param>
    public static TimeSpan LongestWindow(TimeSpan every) => every * 4 > LongestUsual ? every * 4 : LongestUsual;

    /// <summary>Takes the next sample and returns what pods used since the one before it.</summary>
    public ImmutableArray<PodUse> Next(ImmutableArray<ContainerCounters> sample, TimeSpan longestWindow)
    {
        var pods = ImmutableArray.CreateBuilder<PodUse>();
        foreach (var pod in sample.GroupBy(one => one.Pod))
        {
            if (Use(pod.Key, [.. pod], longestWindow) is { } use) pods.Add(use);
        }
        var now = new Dictionary<string, ContainerCounters>(sample.Length, StringComparer.Ordinal);
        foreach (var one in sample) now[one.Id] = one;
        _last = now;
        return pods.DrainToImmutable();
    }

    private PodUse? Use(PodUid pod, IReadOnlyList<ContainerCounters> containers, TimeSpan longestWindow)
    {
        var used = ImmutableArray.CreateBuilder<ContainerUse>(containers.Count);
        var (at, window) = (DateTimeOffset.MaxValue, TimeSpan.Zero);
        foreach (var now in containers)
        {
            if (!_last.TryGetValue(now.Id, out var before) || Between(before, now, longestWindow) is not { } passed) return null;
            used.Add(new(now.Name, Rate(now.CpuNanoseconds - before.CpuNanoseconds, passed), now.MemoryBytes));
            if (now.At < at) (at, window) = (now.At, passed);
        }
        return new(pod, at, window, used.DrainToImmutable());
    }

    /// <summary>The time between two samples of a container; null if they say nothing together: the clock went back, or the counter, or a mean would be of long ago.</summary>
    private static TimeSpan? Between(ContainerCounters before, ContainerCounters now, TimeSpan longestWindow)
    {
        var passed = now.At - before.At;
        return passed > TimeSpan.Zero && passed <= longestWindow && now.CpuNanoseconds >= before.CpuNanoseconds ? passed : null;
    }

    /// <summary>Processor time per time, in 10^-9 processors.</summary>
    internal static long Rate(long nanoseconds, TimeSpan passed) => (long)Int128.Min(long.MaxValue, (Int128)nanoseconds * TimeSpan.TicksPerSecond / passed.Ticks);
}
