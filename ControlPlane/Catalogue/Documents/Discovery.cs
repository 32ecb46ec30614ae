using System.Collections.Concurrent;
using System.Text.Json;

namespace ControlPlane.Catalogue.Documents;

/// <summary>
/// The discovery documents of a catalogue: groups, their versions and resources, both one by one and aggregated, and the server's version.
/// Each is made at first use and kept. Thread-safe.
/// </summary>
/// <param name="catalogue">The kinds.</param>
public sealed class Discovery(CatalogueSnapshot catalogue)
{
    private readonly ConcurrentDictionary<(string Path, DiscoveryForm Form), CachedDocument?> _documents = new();

    /// <summary>
    /// The document at a path: <c>/api</c>, <c>/apis</c>, <c>/apis/{group}</c>, <c>/api/v1</c>, <c>/apis/{group}/{version}</c> or <c>/version</c>.
    /// Null if there is none.
    /// </summary>
    /// <param name="path">The path without its query; a slash at the end is passed over.</param>
    /// <param name="accept">The request's Accept header: <c>/api</c> and <c>/apis</c> are aggregated for those who ask.</param>
    public CachedDocument? Find(string path, string? accept = null)
    {
        path = path.TrimEnd('/');
        var form = path is "/api" or "/apis" ? DiscoveryForms.Negotiate(accept) : DiscoveryForm.Plain;
        if (_documents.TryGetValue((path, form), out var known)) return known;
        var made = Make(path, form);
        // Only what exists is kept: the number of paths that do not is the clients' to choose.
        return made is null ? null : _documents.GetOrAdd((path, form), made);
    }

    private CachedDocument? Make(string path, DiscoveryForm form)
    {
        var groups = catalogue.ByGroupVersion;
        switch (path, form)
        {
            case ("/version", _):
                return CachedDocument.Write(ServerVersion.Write);
            case ("/api", DiscoveryForm.Plain):
                return CachedDocument.Write(WriteVersions);
            case ("/apis", DiscoveryForm.Plain):
                return CachedDocument.Write(WriteGroups);
            case ("/api", _):
                return Aggregate(groups.Where(version => version.Group.Length == 0), form);
            case ("/apis", _):
                return Aggregate(groups.Where(version => version.Group.Length > 0), form);
        }
        var resources = groups.FirstOrDefault(version => path.AsSpan(Math.Min(1, path.Length)).SequenceEqual(version.Path));
        if (resources is not null) return CachedDocument.Write(writer => ResourceList.Write(writer, resources));
        var group = groups.Where(version => version.Group.Length > 0 && path == $"/apis/{version.Group}").ToArray();
        return group.Length == 0 ? null : CachedDocument.Write(writer => WriteGroup(writer, group, alone: true));
    }

    private static CachedDocument Aggregate(IEnumerable<GroupVersionKinds> versions, DiscoveryForm form) =>
        CachedDocument.Write(writer => AggregatedDiscovery.Write(writer, versions, form), DiscoveryForms.ContentType(form));

    private void WriteVersions(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "APIVersions");
        writer.WriteStartArray("versions");
        foreach (var version in catalogue.ByGroupVersion.Where(version => version.Group.Length == 0)) writer.WriteStringValue(version.Version);
        writer.WriteEndArray();
        writer.WriteStartArray("serverAddressByClientCIDRs");
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteGroups(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "APIGroupList");
        writer.WriteString("apiVersion", "v1");
        writer.WriteStartArray("groups");
        foreach (var group in catalogue.ByGroupVersion.Where(version => version.Group.Length > 0).GroupBy(version => version.Group))
        {
            WriteGroup(writer, [.. group], alone: false);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>A group, its preferred version first.</summary>
    private static void WriteGroup(Utf8JsonWriter writer, GroupVersionKinds[] versions, bool alone)
    {
        writer.WriteStartObject();
        if (alone)
        {
            writer.WriteString("kind", "APIGroup");
            writer.WriteString("apiVersion", "v1");
        }
        writer.WriteString("name", versions[0].Group);
        writer.WriteStartArray("versions");
        foreach (var version in versions) WriteVersion(version);
        writer.WriteEndArray();
        writer.WritePropertyName("preferredVersion");
        WriteVersion(versions[0]);
        writer.WriteEndObject();

        void WriteVersion(GroupVersionKinds version)
        {
            writer.WriteStartObject();
            writer.WriteString("groupVersion", version.GroupVersion);
            writer.WriteString("version", version.Version);
            writer.WriteEndObject();
        }
    }
}
