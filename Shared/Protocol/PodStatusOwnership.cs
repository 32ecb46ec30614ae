using System.Collections.Frozen;

namespace Shared.Protocol;

/// <summary>
/// Which part of a pod's status its node answers for. A node reports nothing else, and nothing else is taken from its report: what it knows of the
/// rest (a readiness gate, the scheduler's condition, qosClass) may be old.
/// </summary>
public static class PodStatusOwnership
{
    /// <summary>The condition types of a pod's node.</summary>
    public static FrozenSet<string> Conditions { get; } =
        FrozenSet.Create(StringComparer.Ordinal, "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready");

    /// <summary>The members of a pod's status that its node sets; one it does not report is removed.</summary>
    public static FrozenSet<string> Members { get; } = FrozenSet.Create(
        StringComparer.Ordinal,
        "phase", "reason", "message", "hostIP", "hostIPs", "podIP", "podIPs", "startTime", "initContainerStatuses", "containerStatuses");
}
