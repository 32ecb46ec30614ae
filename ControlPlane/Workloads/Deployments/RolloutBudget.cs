using System.Globalization;
using System.Text.Json;

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
        var surge = Scale(maxSurge, replicas, up: true);
        var unavailable = Scale(maxUnavailable, replicas, up: false);
        if (surge == 0 && unavailable == 0) unavailable = 1;
        return new(replicas, surge, replicas == 0 ? 0 : Math.Min(unavailable, replicas));
    }

    private static int Scale(JsonElement value, int replicas, bool up)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count)) return Math.Max(0, count);
        var percent = value.ValueKind == JsonValueKind.String && int.TryParse(value.GetString()!.AsSpan().TrimEnd('%'), CultureInfo.InvariantCulture, out var read) ? read : 25;
        var hundredfold = (long)Math.Max(0, percent) * replicas;
        return (int)(up ? (hundredfold + 99) / 100 : hundredfold / 100);
    }
}
