using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.CustomResources;

/// <summary>Definitions of kinds that users bring.</summary>
internal static class CustomResourceDefinitionKind
{
    public static KindDefinition Definition { get; } = KindOf.Cluster<V1CustomResourceDefinition>("crd", "crds") with
    {
        HasStatus = true,
        Categories = KindOf.ApiExtensions,
        Rules = [FieldRule.Required("spec.group"), FieldRule.Required("spec.scope"), FieldRule.Required("spec.versions"), FieldRule.Enumerated("spec.scope", "Cluster", "Namespaced")],
        Strategy = new DefinitionStrategy(),
        Behaviour = EntityBehaviour.With(provider => DefinitionActor.PropsWith(new DefinitionReconciler(provider.GetRequiredService<IKinds>()))) with { WakeRules = [new DefinitionWakeRule()] },
        Columns = [Name, CreatedAt],
    };
}
