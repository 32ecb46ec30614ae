using System.Collections.Concurrent;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects;
using k8s.Models;

namespace ControlPlane.Catalogue;

/// <summary>Definitions of bodies that are no resources: DeleteOptions, and what only subresources have (Scale, Eviction, Binding, TokenRequest). Never stored.</summary>
public static class RequestBodies
{
    private static readonly ConcurrentDictionary<SubresourceDefinition, KindDefinition> Known = new();

    /// <summary>The body of a DELETE request. Its apiVersion may be that of any group.</summary>
    public static KindDefinition DeleteOptions { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "DeleteOptions",
        Plural = "",
        Namespaced = false,
        Schema = ModelSchemas.Of<V1DeleteOptions>(),
        Stored = false,
    };

    /// <summary>
    /// The definition to decode a subresource's body with: the kind itself for <c>status</c>, Scale for <c>scale</c>, Eviction for
    /// <c>eviction</c>. Null if the kind has no such subresource, or one without an object as its body.
    /// </summary>
    public static KindDefinition? Of(KindDefinition kind, string subresource)
    {
        foreach (var sub in kind.Subresources)
        {
            if (sub.Name != subresource) continue;
            if (sub.Body is null) return null;
            return ReferenceEquals(sub.Body, kind.Schema) ? kind : Of(sub, kind.Namespaced);
        }
        return null;
    }

    private static KindDefinition Of(SubresourceDefinition subresource, bool namespaced) => Known.GetOrAdd(subresource, sub => new()
    {
        Group = sub.Group,
        Version = sub.Version,
        Kind = sub.Kind,
        Plural = sub.Name,
        Namespaced = namespaced,
        Schema = sub.Body!,
        Verbs = sub.Verbs,

        // Clients from before 1.22 know no other; Kubernetes still takes it.
        EarlierVersion = sub.Kind == "Eviction" ? "v1beta1" : "",
        Stored = false,
    });
}
