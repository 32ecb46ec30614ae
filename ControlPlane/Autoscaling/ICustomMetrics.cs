using ControlPlane.Objects.Selectors;

namespace ControlPlane.Autoscaling;

/// <summary>Which values of a metric are wanted that is not the use of a resource.</summary>
/// <param name="Pods">Whose values, for a metric of pods.</param>
/// <param name="Narrowed">The metric's own selector.</param>
internal sealed record CustomMetricQuery(MetricSource Source, string Namespace, string Name, LabelSelector Narrowed, LabelSelector Pods, DescribedObject? Described);

/// <summary>The values of a metric.</summary>
/// <param name="OfPods">By the pods' names; empty for a metric that is not of pods.</param>
/// <param name="Total">Thousandths: the value of an object, or the sum of an external metric's values.</param>
internal sealed record CustomMetricAnswer(IReadOnlyDictionary<string, PodValue> OfPods, long Total);

/// <summary>Where metrics that are not the use of a resource come from: adapters that serve <c>custom.metrics.k8s.io</c> and <c>external.metrics.k8s.io</c>.</summary>
internal interface ICustomMetrics
{
    /// <summary>The newest values, as far as they are known here; the text says why there are none.</summary>
    (CustomMetricAnswer? Answer, string Fault) Find(CustomMetricQuery query);
}

/// <summary>No adapter is registered.</summary>
internal sealed class NoCustomMetrics : ICustomMetrics
{
    public static NoCustomMetrics Instance { get; } = new();

    /// <inheritdoc/>
    public (CustomMetricAnswer? Answer, string Fault) Find(CustomMetricQuery query) =>
        (null, query.Source == MetricSource.External ? "no external metrics API (external.metrics.k8s.io) registered" : "no custom metrics API (custom.metrics.k8s.io) registered");
}
