using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
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
            Text("Resource", migration => $"{migration.Text("spec", "resource", "resource")}.{migration.Text("spec", "resource", "group")}".TrimEnd('.')),
            Age,
        ],
    };
}
