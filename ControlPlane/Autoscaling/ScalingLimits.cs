namespace ControlPlane.Autoscaling;

/// <summary>What is left of a recommendation after windows, policies and bounds, and the words for it.</summary>
/// <param name="Stabilized">The reason and message of AbleToScale; null where no window held anything back.</param>
/// <param name="Limited">The reason and message of ScalingLimited.</param>
/// <param name="IsLimited">Whether the recommendation is out of bounds.</param>
internal sealed record LimitedRecommendation(long Replicas, (string Reason, string Message)? Stabilized, (string Reason, string Message) Limited, bool IsLimited);

/// <summary>Holds a recommendation within windows, policies and bounds, as kube-controller-manager does.</summary>
internal static class ScalingLimits
{
    /// <param name="history">With the recommendation in it.</param>
    public static LimitedRecommendation Hold(AutoscalerState scaler, long current, long recommended, ScalingHistory history, DateTimeOffset now)
    {
        var (stable, words) = Stabilize(scaler, current, recommended, history, now);
        if (stable > current)
        {
            var allowed = scaler.Up.UpTo(current, history, now);
            var most = Math.Min(scaler.Max, allowed);
            return stable <= most
                ? Within(stable, words)
                : new(most, words, scaler.Max > allowed
                    ? ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
                    : ("TooManyReplicas", "the desired replica count is more than the maximum replica count"), true);
        }
        if (stable < current)
        {
            var allowed = scaler.Down.DownTo(current, history, now);
            var least = Math.Max(scaler.Min, allowed);
            return stable >= least
                ? Within(stable, words)
                : new(least, words, scaler.Min < allowed
                    ? ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
                    : ("TooFewReplicas", "the desired replica count is less than the minimum replica count"), true);
        }
        return Within(stable, words);
    }

    private static LimitedRecommendation Within(long replicas, (string, string)? words) =>
        new(replicas, words, ("DesiredWithinRange", "the desired count is within the acceptable range"), false);

    private static (long Replicas, (string, string)? Words) Stabilize(AutoscalerState scaler, long current, long recommended, ScalingHistory history, DateTimeOffset now)
    {
        var least = history.Within(scaler.Up.Stabilization, now).Append(recommended).Min();
        var most = history.Within(scaler.Down.Stabilization, now).Append(recommended).Max();
        var stable = Math.Clamp(current, Math.Min(least, most), most);
        if (stable == recommended) return (stable, null);
        return recommended < stable
            ? (stable, ("ScaleDownStabilized", "recent recommendations were higher than current one, applying the highest recent recommendation"))
            : (stable, ("ScaleUpStabilized", "recent recommendations were lower than current one, applying the lowest recent recommendation"));
    }
}
