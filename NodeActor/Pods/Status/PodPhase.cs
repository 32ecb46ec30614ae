using NodeActor.Pods.Machine;

namespace NodeActor.Pods.Status;

/// <summary>The phase of a pod, from its containers, as the kubelet computes it.</summary>
internal static class PodPhase
{
    public const string Pending = "Pending";
    public const string Running = "Running";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";

    /// <summary>True for a pod that never runs again.</summary>
    public static bool Terminal(string phase) => phase is Succeeded or Failed;

    /// <summary>The phase.</summary>
    /// <param name="stopping">The pod is being stopped for good, so a container that exited stays so.</param>
    public static string Of(PodDefinition pod, ContainerPlan plan, IReadOnlyList<ContainerReport> reports, bool stopping)
    {
        var mains = reports.Where(one => one.Container.Role == ContainerRole.Main).ToArray();
        var ran = mains.Any(one => one.Condition != ContainerCondition.Waiting);
        if (!plan.Initialized && !ran)
        {
            return pod.RestartPolicy == "Never" && reports.Any(one => one is { Container.Role: ContainerRole.Init, Condition: ContainerCondition.Failed }) ? Failed : Pending;
        }
        if (mains.Any(one => one.Condition == ContainerCondition.Waiting)) return Pending;
        var sidecars = reports.Any(one => one is { Container.Role: ContainerRole.Sidecar, Condition: ContainerCondition.Running });
        if (mains.Any(one => one.Condition is ContainerCondition.Running or ContainerCondition.Backoff) || sidecars) return Running;
        if (pod.RestartPolicy == "Always" && !stopping) return Running;
        return mains.All(one => one.Condition == ContainerCondition.Succeeded) ? Succeeded : Failed;
    }
}
