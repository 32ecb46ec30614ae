using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using k8s.Models;
using static ControlPlane.Workloads.PodTemplates.TemplateColumns;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.ReplicaSets;

/// <summary>ReplicaSets.</summary>
internal static class ReplicaSetKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1ReplicaSet>("rs") with
    {
        HasStatus = true,
        HasScale = true,
        Categories = KindOf.All,
        Rules = [FieldRule.Immutable("spec.selector")],
        Strategy = new ReplicaSetStrategy(),
        SelectableFields = [SelectableField.At("status.replicas", "0")],
        Behaviour = EntityBehaviour.Of(ReplicaSetActor.Props) with { WakeRules = [AdoptionWakeRule.OfPods(new("apps", "replicasets"), static set => ReplicaSetState.Of(set).Selector)] },
        Columns =
        [
            Name,
            Count("Desired", "spec", "replicas"),
            Count("Current", "status", "replicas"),
            Count("Ready", "status", "readyReplicas"),
            Age, Containers, Images, Selecting,
        ],
    };
}
