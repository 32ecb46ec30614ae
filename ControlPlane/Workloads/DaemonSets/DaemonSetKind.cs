using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Workloads.PodTemplates.TemplateColumns;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>DaemonSets.</summary>
internal static class DaemonSetKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1DaemonSet>("ds") with
    {
        HasStatus = true,
        Categories = KindOf.All,
        Rules = [FieldRule.Immutable("spec.selector")],
        Strategy = new DaemonSetStrategy(),
        Behaviour = EntityBehaviour.Of(DaemonSetActor.Props) with
        {
            WakeRules = [AdoptionWakeRule.OfPods(new("apps", "daemonsets"), static set => DaemonSetState.Of(set).Selector), new NodesWakeRule()],
        },
        Columns =
        [
            Name,
            Count("Desired", "status", "desiredNumberScheduled"),
            Count("Current", "status", "currentNumberScheduled"),
            Count("Ready", "status", "numberReady"),
            Count("Up-to-date", "status", "updatedNumberScheduled"),
            Count("Available", "status", "numberAvailable"),
            Text("Node Selector", set => Labels(set.At("spec", "template", "spec", "nodeSelector"))),
            Age, Containers, Images, Selecting,
        ],
    };
}
