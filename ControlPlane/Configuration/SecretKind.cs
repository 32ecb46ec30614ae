using ControlPlane.Catalogue;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Configuration;

/// <summary>Secrets.</summary>
internal static class SecretKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1Secret>() with
    {
        Rules = [FieldRule.Immutable("type")],
        Strategy = new SecretStrategy(),
        SelectableFields = [SelectableField.At("type")],
        Columns = [Name, Field("Type", "Opaque", "type"), Number("Data", secret => secret.Child("data")?.Count ?? 0), Age],
    };
}
