using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shared.Api;

/// <summary>
/// What an object may be, one set of limits for everybody: bodies are decoded, patches carried out, events stored and read back by the same. What is
/// within them can be read by every reader; what is not is refused before it is persisted.
/// </summary>
public static class ObjectLimits
{
    /// <summary>The deepest nesting of objects and lists, the object itself being the first. The schemas of custom resources stay well below.</summary>
    public const int MaxDepth = 128;

    /// <summary>The largest object, in bytes of its stored JSON: Kubernetes' limit of 1.5 MiB.</summary>
    public const int MaxBytes = 1536 * 1024;

    /// <summary>The largest body of a request, in bytes: Kubernetes' limit of 3 MiB.</summary>
    public const int MaxBody = 3 * 1024 * 1024;

    /// <summary>How a stored object is read token by token.</summary>
    public static JsonReaderOptions Reader { get; } = new() { MaxDepth = MaxDepth };

    /// <summary>How a stored object is parsed.</summary>
    public static JsonDocumentOptions Document { get; } = new() { MaxDepth = MaxDepth };

    /// <summary>Parses the JSON of an object.</summary>
    /// <exception cref="JsonException">It is not JSON, or deeper than <see cref="MaxDepth"/>.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> json) => JsonNode.Parse(json, documentOptions: Document);

    /// <summary>Parses the JSON of an object into an element that needs no disposal: for what is kept with the object.</summary>
    /// <exception cref="JsonException">It is not JSON, or deeper than <see cref="MaxDepth"/>.</exception>
    public static JsonElement ParseElement(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, Reader);
        return JsonElement.ParseValue(ref reader);
    }
}
