using System.Collections.Immutable;
using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Telemetry.Usage;
using k8s.Models;

namespace ControlPlane.Autoscaling;

/// <summary>HorizontalPodAutoscalers: autoscaling/v2, which is stored, and autoscaling/v1.</summary>
internal static class HorizontalPodAutoscalerKinds
{
    public static ImmutableArray<KindDefinition> Definitions { get; } =
    [
        Common(KindOf.Namespaced<V2HorizontalPodAutoscaler>("hpa")) with
        {
            Behaviour = EntityBehaviour.With(provider =>
            {
                var metrics = new MetricReader(provider.GetRequiredService<IUsage>(), NoCustomMetrics.Instance);
                return (key, services) => AutoscalerActor.Props(key, services, metrics);
            }),
        },
        Common(KindOf.Namespaced<V1HorizontalPodAutoscaler>("hpa")) with { Conversion = new HorizontalPodAutoscalerConversion() },
    ];

    private static KindDefinition Common(KindDefinition kind) => kind with
    {
        HasStatus = true,
        Categories = KindOf.All,
        Strategy = new HorizontalPodAutoscalerStrategy(),
        Columns = HorizontalPodAutoscalerColumns.All,
    };
}
