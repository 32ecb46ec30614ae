using System.Buffers;
using System.Text;
using System.Text.Json;
using Shared.Api;
using YamlDotNet.Core;

namespace ControlPlane.Catalogue.Decoding;

/// <summary>
/// Turns one YAML document into JSON, bounded: aliases are expanded up to a number of values, and nesting up to a depth. Duplicate keys are
/// passed on, for the decoder to report.
/// </summary>
internal static class YamlToJson
{
    /// <summary>
    /// What a document may grow to: as many bytes as the body of a request may have, far fewer than a nest of aliases wants. Refused while it is read, before
    /// anything is written out.
    /// </summary>
    private static readonly YamlSize Most = new(500_000, ObjectLimits.MaxBody);

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = ObjectLimits.MaxDepth + 8,
    };

    /// <summary>Null and the JSON, or a rejection.</summary>
    public static ApiStatus? Convert(ReadOnlyMemory<byte> yaml, out ReadOnlyMemory<byte> json)
    {
        json = default;
        try
        {
            var root = YamlReader.Read(Encoding.UTF8.GetString(yaml.Span), ObjectLimits.MaxDepth, Most);
            var buffer = new ArrayBufferWriter<byte>(Math.Max(256, yaml.Length));
            using (var writer = new Utf8JsonWriter(buffer, Options)) new Emitter(writer).Write(root, 0);
            json = buffer.WrittenMemory;
            return null;
        }
        catch (YamlException error)
        {
            return ApiStatus.BadRequest($"error converting YAML to JSON: yaml: line {error.Start.Line}: {error.Message}");
        }
    }

    private sealed class Emitter(Utf8JsonWriter writer)
    {
        private int _values;

        public void Write(YamlNode node, int depth)
        {
            if (++_values > Most.Values) throw new YamlException("document contains excessive aliasing");
            if (depth > ObjectLimits.MaxDepth) throw new YamlException("exceeded max depth");
            switch (node)
            {
                case YamlScalar scalar:
                    YamlScalars.Write(scalar, writer);
                    break;
                case YamlList list:
                    writer.WriteStartArray();
                    foreach (var item in list.Items) Write(item, depth + 1);
                    writer.WriteEndArray();
                    break;
                case YamlMap map:
                    writer.WriteStartObject();
                    WriteMembers(map, depth);
                    writer.WriteEndObject();
                    break;
            }
        }

        private void WriteMembers(YamlMap map, int depth)
        {
            HashSet<string>? written = null;
            foreach (var (key, value) in map.Members)
            {
                if (IsMerge(key)) continue;
                writer.WritePropertyName(key.Text);
                Write(value, depth + 1);
            }
            foreach (var (key, value) in map.Members)
            {
                if (!IsMerge(key)) continue;
                written ??= [.. map.Members.Where(member => !IsMerge(member.Key)).Select(member => member.Key.Text)];
                Merge(value, written, depth + 1);
            }
        }

        /// <summary>What <c>&lt;&lt;</c> brings in: members that are not there yet, of one map or of several in order.</summary>
        private void Merge(YamlNode value, HashSet<string> written, int depth)
        {
            if (depth > ObjectLimits.MaxDepth) throw new YamlException("exceeded max depth");
            switch (value)
            {
                case YamlMap map:
                    foreach (var (key, inner) in map.Members)
                    {
                        if (++_values > Most.Values) throw new YamlException("document contains excessive aliasing");
                        if (IsMerge(key) || !written.Add(key.Text)) continue;
                        writer.WritePropertyName(key.Text);
                        Write(inner, depth);
                    }
                    foreach (var (key, inner) in map.Members)
                    {
                        if (IsMerge(key)) Merge(inner, written, depth + 1);
                    }
                    break;
                case YamlList list:
                    foreach (var item in list.Items)
                    {
                        if (item is not YamlMap) throw new YamlException("map merge requires map or sequence of maps as the value");
                        Merge(item, written, depth + 1);
                    }
                    break;
                default:
                    throw new YamlException("map merge requires map or sequence of maps as the value");
            }
        }

        private static bool IsMerge(YamlScalar key) => key is { Plain: true, Text: "<<" };
    }
}
