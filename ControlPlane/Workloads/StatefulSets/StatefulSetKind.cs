using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Workloads.PodTemplates.TemplateColumns;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>StatefulSets.</summary>
internal static class StatefulSetKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1StatefulSet>("sts") with
    {
        HasStatus = true,
        HasScale = true,
        Categories = KindOf.All,
        Strategy = new StatefulSetStrategy(),
        Behaviour = EntityBehaviour.Of(StatefulSetActor.Props) with
        {
            WakeRules = [AdoptionWakeRule.OfPods(new("apps", "statefulsets"), static set => StatefulSetState.Of(set).Selector)],
        },
        Columns =
        [
            Name,
            Text("Ready", set => $"{set.Number("status", "readyReplicas") ?? 0}/{set.Number("spec", "replicas") ?? 1}"),
            Age, Containers, Images,
        ],
    };
}
