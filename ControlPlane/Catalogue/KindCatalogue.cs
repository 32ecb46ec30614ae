using System.Collections.Frozen;
using System.Collections.Immutable;
using ControlPlane.Catalogue.Columns;
using ControlPlane.Catalogue.Kinds;
using ControlPlane.Objects;
using k8s.Models;
using Shared.Api;

namespace ControlPlane.Catalogue;

/// <summary>
/// The single table of kinds: discovery, OpenAPI, routing, decoding and printing all read it. Immutable.
/// </summary>
public sealed class KindCatalogue
{
    private static readonly SubresourceDefinition Scale = KindEntry.Sub<V1Scale>("scale", KindEntry.ReadAndWrite);
    private readonly FrozenDictionary<(string Group, string Version, string Plural), KindDefinition> _byPath;
    private readonly FrozenDictionary<GroupResource, KindDefinition> _stored;
    private readonly FrozenDictionary<(string Group, string Version, string Kind), KindDefinition> _byKind;

    /// <param name="kinds">The definitions in the order discovery lists their groups; of several versions of a group the preferred one first.</param>
    public KindCatalogue(IEnumerable<KindDefinition> kinds)
    {
        var complete = kinds.Select(Complete).ToArray();
        All = [.. complete.Where(kind => !kind.Internal)];
        _byPath = All.ToFrozenDictionary(kind => (kind.Group, kind.Version, kind.Plural));
        _byKind = All.ToFrozenDictionary(kind => (kind.Group, kind.Version, kind.Kind));
        _stored = complete.Where(kind => kind.Stored && kind.ToStorage is null).ToFrozenDictionary(kind => kind.GroupResource);
        ByGroupVersion = [.. All.GroupBy(kind => (kind.Group, kind.Version)).Select(group =>
            new GroupVersionKinds(group.Key.Group, group.Key.Version, [.. group.OrderBy(kind => kind.Plural, StringComparer.Ordinal)]))];
    }

    /// <summary>Every generally available kind of the models.</summary>
    public static KindCatalogue Default { get; } = new(
    [
        .. CoreKinds.Table,
        .. WorkloadKinds.Table,
        .. NetworkKinds.Table,
        .. AccessKinds.Table,
        .. StorageKinds.Table,
        .. ExtensionKinds.Table,
        .. InternalKinds.Table,
    ]);

    /// <summary>The body of a DELETE request. Not a resource; its apiVersion may be that of any group.</summary>
    public static KindDefinition DeleteOptions { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "DeleteOptions",
        Plural = "",
        Namespaced = false,
        Model = typeof(V1DeleteOptions),
        Stored = false,
    };

    /// <summary>Every version of every kind that requests may name.</summary>
    public ImmutableArray<KindDefinition> All { get; }

    /// <summary>The kinds by group and version: groups in discovery's order, kinds by plural.</summary>
    public ImmutableArray<GroupVersionKinds> ByGroupVersion { get; }

    /// <summary>The kind a request path names; null if there is none.</summary>
    public KindDefinition? Find(string group, string version, string plural) => _byPath.GetValueOrDefault((group, version, plural));

    /// <summary>The kind of an object's own apiVersion and kind; null if there is none.</summary>
    public KindDefinition? FindKind(string group, string version, string kind) => _byKind.GetValueOrDefault((group, version, kind));

    /// <summary>The version the objects of a resource are stored in; null for a resource that stores none of its own.</summary>
    public KindDefinition? FindStored(GroupResource resource) => _stored.GetValueOrDefault(resource);

    /// <summary>
    /// The definition to decode a subresource's body with: the kind itself for <c>status</c>, Scale for <c>scale</c>, Eviction for
    /// <c>eviction</c>. Null if the kind has no such subresource, or one without an object as its body.
    /// </summary>
    public static KindDefinition? FindBody(KindDefinition kind, string subresource)
    {
        foreach (var sub in kind.Subresources)
        {
            if (sub.Name != subresource) continue;
            if (sub.Model is null) return null;
            return sub.Model == kind.Model ? kind : SubresourceBodies.Of(sub, kind.Namespaced);
        }
        return null;
    }

    private static KindDefinition Complete(KindDefinition kind)
    {
        var subresources = kind.Subresources;
        if (kind.HasStatus) subresources = subresources.Add(new("status", kind.Group, kind.Version, kind.Kind, kind.Model, KindEntry.ReadAndWrite));
        if (kind.HasScale) subresources = subresources.Add(Scale);
        var storage = kind.Storage == default ? kind.GroupResource : kind.Storage;
        return kind with
        {
            Storage = storage,
            Subresources = [.. subresources.OrderBy(sub => sub.Name, StringComparer.Ordinal)],
            Strategy = KindStrategies.All.GetValueOrDefault(storage) ?? kind.Strategy,
            Columns = kind.Columns.IsEmpty ? KindColumns.For(kind.GroupResource) : kind.Columns,
        };
    }
}

/// <summary>The kinds of one group and version, by plural.</summary>
public sealed record GroupVersionKinds(string Group, string Version, ImmutableArray<KindDefinition> Kinds)
{
    /// <summary><c>apps/v1</c>, or <c>v1</c> for the core group.</summary>
    public string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary><c>api/v1</c> or <c>apis/apps/v1</c>.</summary>
    public string Path => Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
}
