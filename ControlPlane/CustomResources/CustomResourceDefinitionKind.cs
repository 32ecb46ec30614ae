using ControlPlane.Catalogue;
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
        Rules =
        [
            FieldRule.Required("spec.group"), FieldRule.Required("spec.names.plural"), FieldRule.Required("spec.names.kind"),
            FieldRule.Required("spec.scope"), FieldRule.Required("spec.versions"),
        ],
        Columns = [Name, CreatedAt],
    };
}
