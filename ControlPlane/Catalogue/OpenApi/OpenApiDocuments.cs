using System.Collections.Concurrent;
using System.Text.Json;
using ControlPlane.Catalogue.Documents;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>
/// The OpenAPI documents of a catalogue: <c>/openapi/v2</c> as JSON and protobuf, <c>/openapi/v3</c> and a document for each group and version
/// below it. Each is made at first use and kept. Thread-safe.
/// </summary>
public sealed class OpenApiDocuments
{
    private const string Json = "application/json";
    private const string Protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    /// <summary>Old clients ask with an @, which is no media type: the answer has the name that is.</summary>
    private static readonly string[] ProtobufTypes = [Protobuf, "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"];

    private const string V3Root = "/openapi/v3";
    private readonly CatalogueSnapshot _catalogue;
    private readonly Lazy<DefinitionNames> _names;
    private readonly ConcurrentDictionary<string, Lazy<CachedDocument>> _documents = new(StringComparer.Ordinal);

    /// <param name="catalogue">The kinds described.</param>
    public OpenApiDocuments(CatalogueSnapshot catalogue)
    {
        _catalogue = catalogue;
        _names = new(() => new DefinitionNames(catalogue));
    }

    /// <summary>The document at a path; null if there is none, or none in a form the client accepts.</summary>
    /// <param name="path">The path without its query.</param>
    /// <param name="accept">The request's Accept header; JSON where it is empty.</param>
    public CachedDocument? Find(string path, string? accept)
    {
        if (path == "/openapi/v2") return V2(accept);
        if (!path.StartsWith(V3Root, StringComparison.Ordinal) || !Accepts(accept, Json)) return null;
        if (path.Length == V3Root.Length) return Once(path, () => CachedDocument.Write(WriteIndex));
        var version = _catalogue.ByGroupVersion.FirstOrDefault(version => path.AsSpan(V3Root.Length).SequenceEqual($"/{version.Path}"));
        return version is null ? null : V3(version);
    }

    private CachedDocument? V2(string? accept)
    {
        if (accept is not null && ProtobufTypes.Any(type => accept.Contains(type, StringComparison.Ordinal)))
        {
            return Once(Protobuf, () => CachedDocument.Of(SwaggerProto.FromJson(V2Json().Body), Protobuf));
        }
        return Accepts(accept, Json) ? V2Json() : null;
    }

    private CachedDocument V2Json() => Once(Json, () => CachedDocument.Write(
        new ApiDocument(_catalogue.ByGroupVersion.SelectMany(ApiPaths.Of), ApiDefinitions.All(_names.Value), _names.Value, ApiDialect.V2).Write));

    private CachedDocument V3(GroupVersionKinds version) => Once($"{V3Root}/{version.Path}", () => CachedDocument.Write(
        new ApiDocument(ApiPaths.Of(version), ApiDefinitions.For(version, _names.Value), _names.Value, ApiDialect.V3).Write));

    /// <summary>The hash in an address changes with the document, so that clients may keep what they have.</summary>
    private void WriteIndex(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("paths");
        foreach (var version in _catalogue.ByGroupVersion)
        {
            writer.WriteStartObject(version.Path);
            writer.WriteString("serverRelativeURL", $"{V3Root}/{version.Path}?hash={V3(version).ETag.Trim('"')}");
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private CachedDocument Once(string key, Func<CachedDocument> make) => _documents.GetOrAdd(key, _ => new Lazy<CachedDocument>(make)).Value;

    private static bool Accepts(string? accept, string mediaType) =>
        string.IsNullOrEmpty(accept) || accept.Contains(mediaType, StringComparison.Ordinal) || accept.Contains("*/*", StringComparison.Ordinal) || accept.Contains("application/*", StringComparison.Ordinal);
}
