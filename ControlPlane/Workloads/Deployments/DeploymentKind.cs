using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Workloads.PodTemplates.TemplateColumns;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.Deployments;

/// <summary>Deployments.</summary>
internal static class DeploymentKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1Deployment>("deploy") with
    {
        HasStatus = true,
        HasScale = true,
        Categories = KindOf.All,
        Rules = [FieldRule.Immutable("spec.selector")],
        Strategy = new DeploymentStrategy(),
        Behaviour = EntityBehaviour.Of(DeploymentActor.Props) with
        {
            WakeRules = [new AdoptionWakeRule(new("apps", "replicasets"), new("apps", "deployments"), static deployment => DeploymentState.Of(deployment).Selector), new ConfigWakeRule()],
        },
        Columns =
        [
            Name,
            Text("Ready", deployment => $"{deployment.Number("status", "readyReplicas") ?? 0}/{deployment.Number("spec", "replicas") ?? 1}"),
            Count("Up-to-date", "status", "updatedReplicas"),
            Count("Available", "status", "availableReplicas"),
            Age, Containers, Images, Selecting,
        ],
    };
}
