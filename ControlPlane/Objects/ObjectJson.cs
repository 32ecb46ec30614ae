using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects.Validation;

namespace ControlPlane.Objects;

/// <summary>How objects are written as JSON, in one place: encoding, timestamps and the metadata every kind has.</summary>
public static class ObjectJson
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Compact UTF-8.</summary>
    public static byte[] ToUtf8(JsonNode node)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer, Compact)) node.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A time as Kubernetes writes it: RFC 3339 in UTC, whole seconds.</summary>
    public static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The object's metadata, made if it is missing.</summary>
    public static JsonObject Metadata(this JsonObject @object)
    {
        if (@object["metadata"] is JsonObject metadata) return metadata;
        metadata = [];
        @object["metadata"] = metadata;
        return metadata;
    }

    /// <summary>A string member, or "" where it is absent or something else.</summary>
    public static string Text(this JsonObject? @object, string member) =>
        @object?[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    /// <summary>An integer member, or null where it is absent or something else.</summary>
    public static long? Number(this JsonObject? @object, string member) => @object?[member].NumberOf();

    /// <summary>Whether an array member has elements.</summary>
    public static bool HasElements(this JsonObject? @object, string member) => @object?[member] is JsonArray { Count: > 0 };
}
