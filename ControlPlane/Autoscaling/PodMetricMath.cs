using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Autoscaling;

/// <summary>What a metric asks for.</summary>
/// <param name="Replicas">How many replicas it would take; meaningless where <paramref name="Fault"/> says why there is no telling.</param>
/// <param name="Current">What is shown as its current value; null where there is none.</param>
/// <param name="Fault">A condition's reason, and words; null: it can be followed.</param>
internal sealed record MetricProposal(MetricSpec Metric, long Replicas, JsonObject? Current, (string Reason, string Message)? Fault = null)
{
    public static MetricProposal Failed(MetricSpec metric, string message) => new(metric, 0, null, ($"FailedGet{metric.Source}Metric", message));
}

/// <summary>
/// The replicas that a metric of pods asks for, by Kubernetes' rules: pods without a value are taken to use what would change nothing or little, so that what is not
/// known never makes a change larger.
/// </summary>
internal static class PodMetricMath
{
    /// <summary>The proposal for a share of the requests.</summary>
    /// <param name="requests">Thousandths by the pods' uids.</param>
    public static MetricProposal OfUtilization(
        MetricSpec metric, long current, PodGroups groups, IReadOnlyDictionary<string, PodValue> values, IReadOnlyDictionary<string, long> requests, Tolerance tolerance)
    {
        var total = groups.Ready.Sum(pod => (Int128)values[pod.Uid].Milli);
        var asked = groups.Ready.Sum(pod => (Int128)requests[pod.Uid]);
        if (asked == 0) return MetricProposal.Failed(metric, $"no {metric.Name} request of pods with metrics is above zero");
        var share = total * 100 / asked;
        var replicas = Replicas(current, groups, (double)share / metric.Target, tolerance, use => (double)(Sum(use, values, requests) * 100 / use.All.Sum(pod => (Int128)requests[pod.Uid])) / metric.Target, Math.Max(100, metric.Target));
        return new(metric, replicas, new() { ["averageUtilization"] = (long)share, ["averageValue"] = Text(total / groups.Ready.Length) });
    }

    /// <summary>The proposal for a mean value per pod.</summary>
    public static MetricProposal OfAverage(MetricSpec metric, long current, PodGroups groups, IReadOnlyDictionary<string, PodValue> values, Tolerance tolerance)
    {
        var mean = groups.Ready.Sum(pod => (Int128)values[pod.Uid].Milli) / groups.Ready.Length;
        var targets = groups.Ready.Concat(groups.Unready).Concat(groups.Missing).ToDictionary(pod => pod.Uid, _ => metric.Target);
        var replicas = Replicas(current, groups, (double)mean / metric.Target, tolerance, use => (double)(Sum(use, values, targets) / use.All.Length) / metric.Target, missingShare: 100);
        return new(metric, replicas, new() { ["averageValue"] = Text(mean) });
    }

    /// <summary>Replicas for a ratio of use to target that all replicas share.</summary>
    public static long OfRatio(long current, long ready, double ratio, Tolerance tolerance) =>
        current == 0 ? Ceiling(ratio) : tolerance.Holds(ratio) ? current : Ceiling(ratio * ready);

    /// <summary>A quantity of thousandths.</summary>
    public static string Text(Int128 milli) => Quantities.TryCanonical($"{milli}m", out var text) ? text : $"{milli}m";

    /// <summary>At most what a number of replicas can be.</summary>
    public static long Ceiling(double replicas) => replicas >= int.MaxValue ? int.MaxValue : (long)Math.Ceiling(replicas);

    private static long Replicas(long current, PodGroups groups, double ratio, Tolerance tolerance, Func<Use, double> again, long missingShare)
    {
        var unreadyCount = groups.Unready.Length > 0 && ratio > 1;
        if (!unreadyCount && groups.Missing.Length == 0) return tolerance.Holds(ratio) ? current : Ceiling(ratio * groups.Ready.Length);
        if (ratio == 1) return current;
        var use = new Use(groups.Ready, groups.Missing, ratio < 1 ? missingShare : 0, unreadyCount ? groups.Unready : []);
        var second = again(use);
        if (tolerance.Holds(second) || (ratio < 1 && second > 1) || (ratio > 1 && second < 1)) return current;
        var replicas = Ceiling(second * use.All.Length);
        return (second < 1 && replicas > current) || (second > 1 && replicas < current) ? current : replicas;
    }

    // What is missing uses a share of its target, and what is not ready uses nothing.
    private static Int128 Sum(Use use, IReadOnlyDictionary<string, PodValue> values, IReadOnlyDictionary<string, long> targets) =>
        use.Ready.Sum(pod => (Int128)values[pod.Uid].Milli) + use.Missing.Sum(pod => (Int128)targets[pod.Uid] * use.MissingShare / 100);

    private static Int128 Sum(this IEnumerable<ScaledPod> pods, Func<ScaledPod, Int128> of) => pods.Aggregate((Int128)0, (sum, pod) => sum + of(pod));

    private sealed record Use(ImmutableArray<ScaledPod> Ready, ImmutableArray<ScaledPod> Missing, long MissingShare, ImmutableArray<ScaledPod> Unready)
    {
        public ImmutableArray<ScaledPod> All { get; } = [.. Ready, .. Missing, .. Unready];
    }
}

/// <summary>Within which shares of the target nothing is changed.</summary>
/// <param name="Up">Above it.</param>
/// <param name="Down">Below it.</param>
internal readonly record struct Tolerance(double Up, double Down)
{
    /// <summary>kube-controller-manager's <c>--horizontal-pod-autoscaler-tolerance</c>.</summary>
    public const double Usual = 0.1;

    /// <summary>Whether a ratio of use to target changes nothing.</summary>
    public bool Holds(double ratio) => ratio >= 1 - Down && ratio <= 1 + Up;
}
