using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.CustomResources;

/// <summary>Orders to store the objects of a resource anew.</summary>
internal static class StorageVersionMigrationKind
{
    public static KindDefinition Definition { get; } = KindOf.Cluster<V1StorageVersionMigration>() with
    {
        HasStatus = true,
        Columns =
        [
            Name,
            Text("Resource", migration => $"{migration.Str("spec", "resource", "resource")}.{migration.Str("spec", "resource", "group")}".TrimEnd('.')),
            Age,
        ],
    };
}
