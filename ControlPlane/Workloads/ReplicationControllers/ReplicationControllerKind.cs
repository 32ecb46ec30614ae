using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using ControlPlane.Workloads.ReplicaSets;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Workloads.PodTemplates.TemplateColumns;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.ReplicationControllers;

/// <summary>ReplicationControllers.</summary>
internal static class ReplicationControllerKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1ReplicationController>("rc") with
    {
        HasStatus = true,
        HasScale = true,
        Categories = KindOf.All,
        Strategy = new ReplicationControllerStrategy(),
        Behaviour = EntityBehaviour.Of(ReplicationControllerActor.Props) with
        {
            WakeRules = [AdoptionWakeRule.OfPods(new("", "replicationcontrollers"), static controller => ReplicaSetState.Of(controller).Selector)],
        },
        SelectableFields = [SelectableField.At("status.replicas", "0")],
        Columns =
        [
            Name,
            Count("Desired", "spec", "replicas"),
            Count("Current", "status", "replicas"),
            Count("Ready", "status", "readyReplicas"),
            Age, Containers, Images,
            Wide(Text("Selector", controller => Labels(controller.At("spec", "selector")))),
        ],
    };
}
