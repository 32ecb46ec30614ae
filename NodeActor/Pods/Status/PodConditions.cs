using System.Collections.Immutable;
using NodeActor.Pods.Machine;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Pods.Status;

/// <summary>Writes the conditions a node answers for, in the kubelet's words.</summary>
internal static class PodConditions
{
    /// <summary>
    /// The node's conditions and no others: what is known of those here may be old. A transition time is kept while the status does not change.
    /// </summary>
    public static ImmutableArray<Condition> Build(PodState state, ContainerPlan plan, string phase, IReadOnlyList<ContainerReport> reports, DateTimeOffset now)
    {
        var before = Conditions.Read(state.Told.Has("conditions") ? state.Told : state.Definition?.Status);
        return [.. All(state, plan, phase, reports).Select(one => (one with { HasProbeTime = true }).Since(before.Find(one.Type), now))];
    }

    private static IEnumerable<Condition> All(PodState state, ContainerPlan plan, string phase, IReadOnlyList<ContainerReport> reports)
    {
        yield return Condition.Of("PodReadyToStartContainers", state.Observed?.Current is not null);
        yield return Initialized(plan, phase, reports);
        var containers = ContainersReady(phase, reports);
        yield return containers with { Type = "ContainersReady" };
        yield return Ready(state, containers);
    }

    private static Condition Initialized(ContainerPlan plan, string phase, IReadOnlyList<ContainerReport> reports)
    {
        if (phase == PodPhase.Succeeded) return Condition.Of("Initialized", true, "PodCompleted");
        if (plan.Initialized) return Condition.Of("Initialized", true);
        var waiting = reports.Where(one => one.Container.Role == ContainerRole.Init ? !one.Ready : one.Container.Role == ContainerRole.Sidecar && !one.Started);
        var names = waiting.Select(one => one.Container.Name).ToArray();
        return names.Length == 0
            ? Condition.Of("Initialized", true)
            : Condition.Of("Initialized", false, "ContainersNotInitialized", $"containers with incomplete status: [{string.Join(' ', names)}]");
    }

    private static Condition ContainersReady(string phase, IReadOnlyList<ContainerReport> reports)
    {
        if (phase == PodPhase.Succeeded) return Condition.Of("", false, "PodCompleted");
        if (phase == PodPhase.Failed) return Condition.Of("", false, "PodFailed");
        var unready = reports.Where(one => one.Container.Role != ContainerRole.Init && !one.Ready).Select(one => one.Container.Name).ToArray();
        return unready.Length == 0
            ? Condition.Of("", true)
            : Condition.Of("", false, "ContainersNotReady", $"containers with unready status: [{string.Join(' ', unready)}]");
    }

    private static Condition Ready(PodState state, Condition containers)
    {
        if (containers.Status != "True") return containers with { Type = "Ready" };
        var stored = Conditions.Read(state.Definition?.Status);
        var missing = (state.Definition?.Spec.ReadinessGates ?? [])
            .Select(gate => (gate.ConditionType, Found: stored.Find(gate.ConditionType)))
            .Where(gate => gate.Found?.Status != "True")
            .Select(gate => gate.Found is null
                ? $"corresponding condition of pod readiness gate \"{gate.ConditionType}\" does not exist."
                : $"the status of pod readiness gate \"{gate.ConditionType}\" is not \"True\", but {gate.Found.Status}")
            .ToArray();
        return missing.Length == 0 ? Condition.Of("Ready", true) : Condition.Of("Ready", false, "ReadinessGatesNotReady", string.Join(", ", missing));
    }
}
