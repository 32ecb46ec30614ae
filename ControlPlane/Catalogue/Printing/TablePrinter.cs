using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;

namespace ControlPlane.Catalogue.Printing;

/// <summary>Writes objects as a meta.k8s.io Table, the form <c>kubectl get</c> shows. Straight UTF-8; no model is made.</summary>
public static class TablePrinter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes a table of a list, of one object or of one watch event's object.</summary>
    /// <param name="output">Where the bytes go.</param>
    /// <param name="kind">The version asked for.</param>
    /// <param name="objects">The rows, in the stored version.</param>
    /// <param name="whole">The rows' objects as the version asked for has them, where they are to be shown; else empty.</param>
    /// <param name="options">What to show beside them.</param>
    public static void Write(IBufferWriter<byte> output, KindDefinition kind, IReadOnlyList<StoredObject> objects, IReadOnlyList<ReadOnlyMemory<byte>> whole, TableOptions options)
    {
        using var writer = new Utf8JsonWriter(output, Options);
        var defined = kind.Columns.IsEmpty ? Column.Default : kind.Columns;
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "Table"u8);
        writer.WriteString("apiVersion"u8, $"meta.k8s.io/{options.MetaVersion}");
        options.Head.Write(writer);
        if (options.WithColumns)
        {
            writer.WriteStartArray("columnDefinitions"u8);
            foreach (var column in defined) WriteDefinition(writer, column);
            writer.WriteEndArray();
        }
        else
        {
            writer.WriteNull("columnDefinitions"u8);
        }
        writer.WriteStartArray("rows"u8);
        for (var i = 0; i < objects.Count; i++)
        {
            var stored = objects[i];
            var row = new PrinterRow(stored, stored.ToJsonObject(), options.Now);
            writer.WriteStartObject();
            writer.WriteStartArray("cells"u8);
            foreach (var column in defined) WriteCell(writer, column.Cell(row));
            writer.WriteEndArray();
            if (options.IncludeObject == IncludeObject.Metadata)
            {
                writer.WritePropertyName("object"u8);
                PartialObjectMetadata.Write(writer, stored, options.MetaVersion);
            }
            else if (options.IncludeObject == IncludeObject.Object)
            {
                writer.WritePropertyName("object"u8);
                writer.WriteRawValue(whole[i].Span, skipInputValidation: true);
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteDefinition(Utf8JsonWriter writer, PrinterColumn column)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, column.Name);
        writer.WriteString("type"u8, column.Type);
        writer.WriteString("format"u8, column.Format);
        writer.WriteString("description"u8, column.Description);
        writer.WriteNumber("priority"u8, column.Priority);
        writer.WriteEndObject();
    }

    private static void WriteCell(Utf8JsonWriter writer, object? cell)
    {
        switch (cell)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case int or long or short or byte:
                writer.WriteNumberValue(Convert.ToInt64(cell, CultureInfo.InvariantCulture));
                break;
            case double number:
                writer.WriteNumberValue(number);
                break;
            case JsonNode node:
                node.WriteTo(writer);
                break;
            default:
                writer.WriteStringValue(cell.ToString());
                break;
        }
    }
}
