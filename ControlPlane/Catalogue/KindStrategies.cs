using System.Collections.Frozen;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Catalogue;

/// <summary>The strategies of kinds with rules of their own: one line each. A kind without a line has <see cref="KindStrategy.Default"/>.</summary>
public static class KindStrategies
{
    public static FrozenDictionary<GroupResource, KindStrategy> All { get; } = new Dictionary<GroupResource, KindStrategy>
    {
    }.ToFrozenDictionary();
}
