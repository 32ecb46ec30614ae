using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Configuration;

/// <summary>ConfigMaps.</summary>
internal static class ConfigMapKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1ConfigMap>("cm") with
    {
        Strategy = new ConfigMapStrategy(),
        Columns = [Name, Number("Data", map => (map.Child("data")?.Count ?? 0) + (map.Child("binaryData")?.Count ?? 0)), Age],
    };
}
