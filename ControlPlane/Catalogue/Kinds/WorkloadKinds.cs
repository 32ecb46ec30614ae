using ControlPlane.Catalogue.Conversions;
using ControlPlane.Objects;
using k8s.Models;
using Shared.Api;
using static ControlPlane.Catalogue.Kinds.KindEntry;

namespace ControlPlane.Catalogue.Kinds;

/// <summary>What runs and scales pods: apps, batch, autoscaling, policy, scheduling and node.</summary>
internal static class WorkloadKinds
{
    public static IEnumerable<KindDefinition> Table =>
    [
        Namespaced<V1ControllerRevision>(),
        Namespaced<V1DaemonSet>("ds") with { HasStatus = true, Categories = All },
        Namespaced<V1Deployment>("deploy") with { HasStatus = true, HasScale = true, Categories = All },
        Namespaced<V1ReplicaSet>("rs") with { HasStatus = true, HasScale = true, Categories = All },
        Namespaced<V1StatefulSet>("sts") with { HasStatus = true, HasScale = true, Categories = All },
        Namespaced<V1CronJob>("cj") with { HasStatus = true, Categories = All },
        Namespaced<V1Job>() with { HasStatus = true, Categories = All },
        Namespaced<V2HorizontalPodAutoscaler>("hpa") with { HasStatus = true, Categories = All },
        Namespaced<V1HorizontalPodAutoscaler>("hpa") with
        {
            HasStatus = true,
            Categories = All,
            Storage = new GroupResource("autoscaling", "horizontalpodautoscalers"),
            ToStorage = HorizontalPodAutoscalerConversion.ToV2,
            FromStorage = HorizontalPodAutoscalerConversion.ToV1,
        },
        Namespaced<V1PodDisruptionBudget>("pdb") with { HasStatus = true },
        Cluster<V1PriorityClass>("pc"),
        Cluster<V1RuntimeClass>(),
        Namespaced<V1Lease>(),
    ];
}
