using ControlPlane.Catalogue;
using ControlPlane.Objects;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Policy.LimitRanges;

/// <summary>LimitRanges.</summary>
internal static class LimitRangeKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1LimitRange>("limits") with { Strategy = new LimitRangeStrategy(), Columns = [Name, CreatedAt] };
}
