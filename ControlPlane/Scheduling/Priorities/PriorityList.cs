using System.Collections.Immutable;

namespace ControlPlane.Scheduling.Priorities;

/// <summary>All priorities. Adding one adds a line here.</summary>
public static class PriorityList
{
    public static ImmutableArray<IPriority> All { get; } =
    [
        new LeastAllocated(),
        new BalancedAllocation(),
        new PodTopologySpread(),
        new PreferredNodeAffinity(),
        new PreferNoSchedule(),
    ];
}
