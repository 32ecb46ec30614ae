using System.Collections.Immutable;

namespace ControlPlane.Autoscaling;

/// <summary>A pod's value of a metric.</summary>
/// <param name="Milli">Thousandths.</param>
/// <param name="At">The end of the time it is the mean of.</param>
internal sealed record PodValue(long Milli, DateTimeOffset At, TimeSpan Window);

/// <summary>
/// The pods of a target, by what their metrics are worth, as kube-controller-manager groups them: those that end count for nothing, of those that start the use of the
/// processor says nothing yet, and of some no metric has come.
/// </summary>
internal sealed record PodGroups(ImmutableArray<ScaledPod> Ready, ImmutableArray<ScaledPod> Unready, ImmutableArray<ScaledPod> Missing)
{
    /// <summary>For how long after its start a pod's use of the processor counts only while it is ready: <c>--horizontal-pod-autoscaler-cpu-initialization-period</c>.</summary>
    private static readonly TimeSpan CpuInitialization = TimeSpan.FromMinutes(5);

    /// <summary>What became unready within this of its start has never been ready: <c>--horizontal-pod-autoscaler-initial-readiness-delay</c>.</summary>
    private static readonly TimeSpan InitialReadiness = TimeSpan.FromSeconds(30);

    /// <param name="values">The metric by the pods' uids.</param>
    /// <param name="isCpu">Whether it is the use of the processor, which is high while a program starts.</param>
    public static PodGroups Of(IEnumerable<ScaledPod> pods, IReadOnlyDictionary<string, PodValue> values, bool isCpu, DateTimeOffset now)
    {
        var (ready, unready, missing) = (ImmutableArray.CreateBuilder<ScaledPod>(), ImmutableArray.CreateBuilder<ScaledPod>(), ImmutableArray.CreateBuilder<ScaledPod>());
        foreach (var pod in pods.Where(pod => !pod.Deleting && pod.Phase is not ("Failed" or "Succeeded")))
        {
            if (pod.Phase == "Pending") unready.Add(pod);
            else if (!values.TryGetValue(pod.Uid, out var value)) missing.Add(pod);
            else if (isCpu && IsStarting(pod, value, now)) unready.Add(pod);
            else ready.Add(pod);
        }
        return new(ready.DrainToImmutable(), unready.DrainToImmutable(), missing.DrainToImmutable());
    }

    private static bool IsStarting(ScaledPod pod, PodValue value, DateTimeOffset now)
    {
        if (pod.Ready is not { } ready || pod.StartTime is not { } start || pod.ReadySince is not { } since) return true;
        return start + CpuInitialization > now ? !ready || value.At < since + value.Window : !ready && start + InitialReadiness > since;
    }
}
