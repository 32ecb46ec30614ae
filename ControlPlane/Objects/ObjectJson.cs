using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlPlane.Objects;

/// <summary>How objects are written as JSON, in one place.</summary>
public static class ObjectJson
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>A larger buffer is not kept for the next object.</summary>
    private const int LargestKept = 128 * 1024;

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer)? _kept;

    /// <summary>Compact UTF-8.</summary>
    public static byte[] ToUtf8(JsonNode node) => ToUtf8(node, static (node, writer) => node.WriteTo(writer));

    /// <summary>Some members of an object as an object of their own, in compact UTF-8.</summary>
    public static byte[] ToUtf8(JsonObject @object, IReadOnlySet<string> members) => ToUtf8((@object, members), static (given, writer) =>
    {
        writer.WriteStartObject();
        foreach (var (name, value) in given.@object)
        {
            if (!given.members.Contains(name)) continue;
            writer.WritePropertyName(name);
            if (value is null) writer.WriteNullValue();
            else value.WriteTo(writer);
        }
        writer.WriteEndObject();
    });

    // Every write and many reads come by here: each thread keeps what it writes into.
    internal static byte[] ToUtf8<T>(T given, Action<T, Utf8JsonWriter> write)
    {
        var (buffer, writer) = _kept ?? NewWriter();
        _kept = null;
        write(given, writer);
        writer.Flush();
        var written = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity > LargestKept) return written;
        buffer.ResetWrittenCount();
        writer.Reset();
        _kept = (buffer, writer);
        return written;
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer) NewWriter()
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        return (buffer, new(buffer, Compact));
    }
}
