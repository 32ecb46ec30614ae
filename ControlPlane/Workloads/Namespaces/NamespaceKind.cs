using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.Namespaces;

/// <summary>Namespaces.</summary>
internal static class NamespaceKind
{
    public static KindDefinition Definition { get; } = KindOf.Cluster<V1Namespace>("ns") with
    {
        HasStatus = true,
        Verbs = ["create", "delete", "get", "list", "patch", "update", "watch"],
        Subresources = [KindOf.Sub<V1Namespace>("finalize", "update")],
        Strategy = new NamespaceStrategy(),
        SelectableFields = [SelectableField.Header("status.phase", found => found.Header.Phase)],
        Behaviour = EntityBehaviour.With(provider => NamespaceActor.PropsWith(provider.GetRequiredService<NamespaceReconciler>())) with
        {
            WakeRules = [new NamespaceWakeRule()],
        },
        Columns = [Name, Field("Status", "", "status", "phase"), Age],
    };
}
