using ControlPlane.Objects;
using ControlPlane.Telemetry.Usage;
using Shared.Api;

namespace ControlPlane.Autoscaling;

/// <summary>Works out how many replicas each metric of an autoscaler asks for.</summary>
internal sealed class MetricReader(IUsage usage, ICustomMetrics custom)
{
    private const long NanosPerMilli = 1_000_000;
    private static readonly GroupResource Pods = new("", "pods");

    /// <summary>One proposal per metric, in the order of the spec.</summary>
    public MetricProposal[] Propose(AutoscalerState scaler, ScaledTarget target, IObjectView view, DateTimeOffset now)
    {
        ScaledPod[] pods = [.. view.Selected(Pods, scaler.Stored.Key.Namespace, target.Selector).Select(ScaledPod.Of)];
        return [.. scaler.Metrics.Select(metric => metric.Source is MetricSource.Resource or MetricSource.ContainerResource
            ? OfResource(metric, target, pods, scaler.Tolerance, now)
            : OfCustom(metric, scaler, target, pods, now))];
    }

    private MetricProposal OfResource(MetricSpec metric, ScaledTarget target, ScaledPod[] pods, Tolerance tolerance, DateTimeOffset now)
    {
        var values = new Dictionary<string, PodValue>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            if (usage.OfPod(pod.Uid) is { } sample && Used(metric, sample) is { } milli) values[pod.Uid] = new(milli, sample.At, sample.Window);
        }
        var what = metric.Type == TargetType.Utilization ? "utilization" : "usage";
        if (values.Count == 0) return Failed(metric, $"failed to get {metric.Name} {what}: unable to get metrics for resource {metric.Name}: no metrics returned from resource metrics API");
        var groups = PodGroups.Of(pods, values, metric.Name == "cpu", now);
        if (groups.Ready.IsEmpty) return Failed(metric, $"failed to get {metric.Name} {what}: did not receive metrics for targeted pods (pods might be unready)");
        if (metric.Type != TargetType.Utilization) return PodMetricMath.OfAverage(metric, target.Replicas, groups, values, tolerance);
        var requests = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var pod in groups.Ready.Concat(groups.Unready).Concat(groups.Missing))
        {
            foreach (var container in pod.Containers.Where(container => metric.Container.Length == 0 || container.Name == metric.Container))
            {
                if (container.Of(metric.Name) is not { } asked) return Failed(metric, $"failed to get {metric.Name} utilization: missing request for {metric.Name} in container {container.Name} of Pod {pod.Name}");
                requests[pod.Uid] = requests.GetValueOrDefault(pod.Uid) + asked;
            }
            if (!requests.ContainsKey(pod.Uid)) return Failed(metric, $"failed to get {metric.Name} utilization: container {metric.Container} not found in Pod {pod.Name}");
        }
        return PodMetricMath.OfUtilization(metric, target.Replicas, groups, values, requests, tolerance);
    }

    private MetricProposal OfCustom(MetricSpec metric, AutoscalerState scaler, ScaledTarget target, ScaledPod[] pods, DateTimeOffset now)
    {
        var (answer, fault) = custom.Find(new(metric.Source, scaler.Stored.Key.Namespace, metric.Name, metric.Selector, target.Selector, metric.Described));
        if (answer is null) return Failed(metric, $"unable to get metric {metric.Name}: {fault}");
        if (metric.Source == MetricSource.Pods)
        {
            var values = pods.Where(pod => answer.OfPods.ContainsKey(pod.Name)).ToDictionary(pod => pod.Uid, pod => answer.OfPods[pod.Name]);
            var groups = PodGroups.Of(pods, values, isCpu: false, now);
            return groups.Ready.IsEmpty
                ? Failed(metric, $"unable to get metric {metric.Name}: did not receive metrics for targeted pods (pods might be unready)")
                : PodMetricMath.OfAverage(metric, target.Replicas, groups, values, scaler.Tolerance);
        }
        if (metric.Type == TargetType.AverageValue)
        {
            // It counts for all replicas together, however many are ready.
            var ratio = target.Present == 0 ? double.PositiveInfinity : (double)answer.Total / ((double)metric.Target * target.Present);
            var replicas = scaler.Tolerance.Holds(ratio) ? target.Present : PodMetricMath.Ceiling((double)answer.Total / metric.Target);
            var present = Math.Max(1, target.Present);
            return new(metric, replicas, new() { ["averageValue"] = PodMetricMath.Text((answer.Total + present - 1) / present) });
        }
        var ready = pods.Count(pod => pod is { Phase: "Running", Ready: true, Deleting: false });
        return new(
            metric, PodMetricMath.OfRatio(target.Replicas, ready, (double)answer.Total / metric.Target, scaler.Tolerance), new() { ["value"] = PodMetricMath.Text(answer.Total) });
    }

    // A pod counts only if all its containers do: what the others use is no measure for it.
    private static long? Used(MetricSpec metric, PodUsage sample)
    {
        if (sample.Containers.IsEmpty || metric.Name is not ("cpu" or "memory")) return null;
        if (metric.Container.Length == 0) return sample.Containers.Sum(Milli);
        return sample.Containers.FirstOrDefault(container => container.Name == metric.Container) is { } found ? Milli(found) : null;

        long Milli(ContainerUsage container) => metric.Name == "cpu" ? (container.CpuNanocores + NanosPerMilli - 1) / NanosPerMilli : container.MemoryBytes * 1000;
    }

    private static MetricProposal Failed(MetricSpec metric, string message) => MetricProposal.Failed(metric, message);
}
