using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ControlPlane.Catalogue.Documents;

/// <summary>A document that is made once and answered many times.</summary>
/// <param name="Body">The bytes; they must not be changed.</param>
/// <param name="ContentType">The full content type.</param>
/// <param name="ETag">A strong entity tag, quoted, that follows from the bytes.</param>
public sealed record CachedDocument(ReadOnlyMemory<byte> Body, string ContentType, string ETag)
{
    private const string Json = "application/json";
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>A document of finished bytes.</summary>
    public static CachedDocument Of(ReadOnlyMemory<byte> body, string contentType) => new(body, contentType, $"\"{Hash(body.Span)}\"");

    /// <summary>A JSON document.</summary>
    public static CachedDocument Write(Action<Utf8JsonWriter> write, string contentType = Json)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, Options)) write(writer);
        return Of(buffer.WrittenMemory, contentType);
    }

    /// <summary>The hash an entity tag or an index entry is made of.</summary>
    public static string Hash(ReadOnlySpan<byte> body) => Convert.ToHexString(SHA256.HashData(body));
}
