using NodeActor.Pods.Usage;
using Shared.Protocol;

namespace NodeActor.Agent.Health;

/// <summary>What a machine uses, from two looks at its counters: the last look, and when it was in elapsed time.</summary>
public sealed record MachineUse(MachineCounters? Last, TimeSpan At)
{
    /// <summary>Nothing was looked at yet.</summary>
    public static MachineUse None { get; } = new(null, TimeSpan.Zero);

    /// <summary>Takes the next look and returns what was used since the last; null where that can't be said.</summary>
    /// <param name="now">Elapsed time, over which the use is counted.</param>
    /// <param name="shown">The time of day.</param>
    public (MachineUse Next, NodeUse? Use) Next(MachineCounters seen, TimeSpan now, DateTimeOffset shown, TimeSpan longestWindow)
    {
        var next = new MachineUse(seen, now);
        var passed = now - At;
        if (Last is null || passed <= TimeSpan.Zero || passed > longestWindow || seen.Cpu < Last.Cpu) return (next, null);
        return (next, new(shown, passed, UsageRates.Rate((seen.Cpu - Last.Cpu).Ticks * TimeSpan.NanosecondsPerTick, passed), seen.MemoryBytes));
    }
}
