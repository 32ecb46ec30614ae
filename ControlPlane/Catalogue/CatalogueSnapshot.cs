using System.Collections.Frozen;
using System.Collections.Immutable;
using ControlPlane.Catalogue.Documents;
using ControlPlane.Catalogue.OpenApi;
using ControlPlane.Objects;
using k8s.Models;
using Shared.Api;

namespace ControlPlane.Catalogue;

/// <summary>
/// The single table of kinds at one moment: discovery, OpenAPI, routing, decoding and printing all read it. Immutable; what is derived from it is
/// made at first use and lives as long as it does. A request takes one and asks no other.
/// </summary>
public sealed class CatalogueSnapshot : IKinds
{
    private readonly ImmutableArray<KindDefinition> _declared;
    private readonly FrozenDictionary<(string Group, string Version, string Plural), KindDefinition> _byPath;
    private readonly FrozenDictionary<GroupResource, KindDefinition> _stored;
    private readonly FrozenDictionary<(string Group, string Version, string Kind), KindDefinition> _byKind;
    private readonly Lazy<Discovery> _discovery;
    private readonly Lazy<OpenApiDocuments> _openApi;

    /// <param name="kinds">The definitions in the order discovery lists their groups; of several versions of a group the preferred one first.</param>
    /// <exception cref="ArgumentException">Two definitions claim the same path, kind or storage.</exception>
    public CatalogueSnapshot(IEnumerable<KindDefinition> kinds)
    {
        _declared = [.. kinds];
        var stored = _declared.Where(kind => kind.Stored && kind.Conversion is null).ToFrozenDictionary(kind => kind.GroupResource);
        var complete = _declared.Select(kind => Complete(kind, stored)).ToArray();
        All = [.. complete.Where(kind => !kind.Internal)];
        _byPath = All.ToFrozenDictionary(kind => (kind.Group, kind.Version, kind.Plural));
        _byKind = All.ToFrozenDictionary(kind => (kind.Group, kind.Version, kind.Kind));
        _stored = complete.Where(kind => kind.Stored && kind.Conversion is null).ToFrozenDictionary(kind => kind.GroupResource);
        ByGroupVersion = [.. All.GroupBy(kind => (kind.Group, kind.Version)).Select(group =>
            new GroupVersionKinds(group.Key.Group, group.Key.Version, [.. group.OrderBy(kind => kind.Plural, StringComparer.Ordinal)]))];
        _discovery = new(() => new(this));
        _openApi = new(() => new(this));
    }

    /// <inheritdoc/>
    public ImmutableArray<KindDefinition> All { get; }

    /// <summary>The kinds by group and version: groups in discovery's order, kinds by plural.</summary>
    public ImmutableArray<GroupVersionKinds> ByGroupVersion { get; }

    /// <summary>The discovery documents of these kinds.</summary>
    public Discovery Discovery => _discovery.Value;

    /// <summary>The OpenAPI documents of these kinds.</summary>
    public OpenApiDocuments OpenApi => _openApi.Value;

    /// <summary>The kind a request path names; null if there is none.</summary>
    public KindDefinition? Find(string group, string version, string plural) => _byPath.GetValueOrDefault((group, version, plural));

    /// <inheritdoc/>
    public KindDefinition? FindKind(string group, string version, string kind) => _byKind.GetValueOrDefault((group, version, kind));

    /// <inheritdoc/>
    public KindDefinition? FindStored(GroupResource resource) => _stored.GetValueOrDefault(resource);

    /// <summary>This snapshot with more kinds behind its own.</summary>
    public CatalogueSnapshot With(IEnumerable<KindDefinition> kinds) => new([.. _declared, .. kinds]);

    /// <summary>This snapshot without the kinds that are meant.</summary>
    public CatalogueSnapshot Without(Func<KindDefinition, bool> which) => new(_declared.Where(kind => !which(kind)));

    private static KindDefinition Complete(KindDefinition kind, FrozenDictionary<GroupResource, KindDefinition> stored)
    {
        var subresources = kind.Subresources;
        if (kind.HasStatus) subresources = subresources.Add(new("status", kind.Group, kind.Version, kind.Kind, kind.Schema, KindOf.ReadAndWrite));
        if (kind.HasScale) subresources = subresources.Add(KindOf.Sub<V1Scale>("scale", KindOf.ReadAndWrite));
        var storage = kind.Storage == default ? kind.GroupResource : kind.Storage;
        return kind with
        {
            Storage = storage,
            StorageVersion = kind.Conversion is null ? kind.GroupVersion : stored.GetValueOrDefault(storage)?.GroupVersion ?? throw new ArgumentException($"Nothing is stored as {storage}, which {kind.GroupVersion} {kind.Kind} names."),
            Subresources = [.. subresources.OrderBy(sub => sub.Name, StringComparer.Ordinal)],
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
