using System.Text.Json;
using ControlPlane.Objects;

namespace ControlPlane.Workloads.Deployments;

/// <summary>
/// How many pods a rollout may have too many and too few. Percentages are of <c>spec.replicas</c>: a surge is rounded up, unavailability down;
/// if both come to 0, one pod may be unavailable, or nothing could ever move.
/// </summary>
public sealed record RolloutBudget(int Replicas, int MaxSurge, int MaxUnavailable)
{
    /// <summary>Pods that must stay available.</summary>
    public int MinAvailable => Replicas - MaxUnavailable;

    /// <summary>Pods there may be in all.</summary>
    public int MaxTotal => Replicas + MaxSurge;

    /// <param name="replicas">spec.replicas.</param>
    /// <param name="rolling">Whether the strategy is RollingUpdate: Recreate has neither surge nor a minimum to keep.</param>
    /// <param name="maxSurge">An integer or a percentage; 25% where absent.</param>
    /// <param name="maxUnavailable">An integer or a percentage; 25% where absent.</param>
    public static RolloutBudget Of(int replicas, bool rolling, JsonElement maxSurge, JsonElement maxUnavailable)
    {
        if (!rolling) return new(replicas, 0, 0);
        var surge = CountOrPart.Of(maxSurge, replicas, up: true, absent: 25);
        var unavailable = CountOrPart.Of(maxUnavailable, replicas, up: false, absent: 25);
        if (surge == 0 && unavailable == 0) unavailable = 1;
        return new(replicas, surge, replicas == 0 ? 0 : Math.Min(unavailable, replicas));
    }
}
