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
        var ran = mains.Any(one => one.Stage != ContainerStage.Waiting);
        if (!plan.Initialized && !ran)
        {
            return pod.RestartPolicy == "Never" && reports.Any(one => one is { Container.Role: ContainerRole.Init, Stage: ContainerStage.Failed }) ? Failed : Pending;
        }
        if (mains.Any(one => one.Stage == ContainerStage.Waiting)) return Pending;
        var sidecars = reports.Any(one => one is { Container.Role: ContainerRole.Sidecar, Stage: ContainerStage.Running });
        if (mains.Any(one => one.Stage is ContainerStage.Running or ContainerStage.Backoff) || sidecars) return Running;
        if (pod.RestartPolicy == "Always" && !stopping) return Running;
        return mains.All(one => one.Stage == ContainerStage.Succeeded) ? Succeeded : Failed;
    }
}
