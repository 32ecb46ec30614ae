using ControlPlane.Catalogue;
using ControlPlane.Objects;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Nodes;

/// <summary>RuntimeClasses.</summary>
internal static class RuntimeClassKind
{
    public static KindDefinition Definition { get; } = KindOf.Cluster<V1RuntimeClass>() with
    {
        Rules = [FieldRule.Required("handler")],
        Columns = [Name, Field("Handler", "", "handler"), Age],
    };
}
