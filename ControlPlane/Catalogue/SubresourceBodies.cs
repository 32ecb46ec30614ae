using System.Collections.Concurrent;
using ControlPlane.Objects;

namespace ControlPlane.Catalogue;

/// <summary>Definitions of the bodies that only subresources have: Scale, Eviction, Binding, TokenRequest. Never stored.</summary>
internal static class SubresourceBodies
{
    private static readonly ConcurrentDictionary<SubresourceDefinition, KindDefinition> Known = new();

    public static KindDefinition Of(SubresourceDefinition subresource, bool namespaced) => Known.GetOrAdd(subresource, sub => new()
    {
        Group = sub.Group,
        Version = sub.Version,
        Kind = sub.Kind,
        Plural = sub.Name,
        Namespaced = namespaced,
        Model = sub.Model!,
        Verbs = sub.Verbs,
        Stored = false,
    });
}
