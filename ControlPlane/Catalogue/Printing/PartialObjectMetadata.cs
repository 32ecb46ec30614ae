using System.Buffers;
using System.Text.Json;
using ControlPlane.Objects;
using ControlPlane.Objects.FieldManagement;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Catalogue.Printing;

/// <summary>Writes objects as PartialObjectMetadata: their metadata alone, copied as it is stored.</summary>
public static class PartialObjectMetadata
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    /// <summary>One object.</summary>
    /// <param name="output">Where the bytes go.</param>
    /// <param name="stored">The object.</param>
    /// <param name="metaVersion">The version of meta.k8s.io asked for: v1 or v1beta1.</param>
    /// <param name="kind">The kind in its stored version, to tell who manages which fields; null to leave that out.</param>
    public static void Write(IBufferWriter<byte> output, StoredObject stored, string metaVersion = "v1", KindDefinition? kind = null)
    {
        using var writer = new Utf8JsonWriter(output, Options);
        Write(writer, stored, metaVersion, kind);
    }

    /// <summary>A list.</summary>
    public static void WriteList(
        IBufferWriter<byte> output, IReadOnlyList<StoredObject> objects, long revision, string? continueAt, long? remaining, string metaVersion = "v1", KindDefinition? kind = null)
    {
        using var writer = new Utf8JsonWriter(output, Options);
        writer.WriteStartObject();
        WriteType(writer, "PartialObjectMetadataList", metaVersion);
        new ListHead(revision, continueAt, remaining).Write(writer);
        writer.WriteStartArray("items"u8);
        foreach (var stored in objects) Write(writer, stored, metaVersion, kind);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    internal static void Write(Utf8JsonWriter writer, StoredObject stored, string metaVersion, KindDefinition? kind = null)
    {
        writer.WriteStartObject();
        WriteType(writer, "PartialObjectMetadata", metaVersion);
        writer.WritePropertyName("metadata"u8);
        WriteMetadata(writer, kind is null ? stored.Json.Span : ManagedFieldsView.Join(stored, kind).Span);
        writer.WriteEndObject();
    }

    private static void WriteType(Utf8JsonWriter writer, string kind, string metaVersion)
    {
        writer.WriteString("kind"u8, kind);
        writer.WriteString("apiVersion"u8, $"meta.k8s.io/{metaVersion}");
    }

    private static void WriteMetadata(Utf8JsonWriter writer, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, ObjectLimits.Reader);
        reader.Read();
        if (reader.MoveTo("metadata"u8))
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            writer.WriteRawValue(json[start..(int)reader.BytesConsumed], skipInputValidation: true);
            return;
        }
        writer.WriteStartObject();
        writer.WriteEndObject();
    }
}
