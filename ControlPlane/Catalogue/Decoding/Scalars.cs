using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Catalogue.Decoding;

/// <summary>Strings with a form of their own.</summary>
internal static class Scalars
{
    private const int LongestQuantity = 64;

    /// <summary>A quantity in its canonical form: <c>0.5</c> and <c>500m</c> are one.</summary>
    public static JsonNode? Quantity(string text, DecodeRun run) =>
        text.Length <= LongestQuantity && Quantities.TryCanonical(text, out var canonical)
            ? JsonValue.Create(canonical)
            : run.Fault("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");

    /// <summary>A time, kept as it was written.</summary>
    public static JsonNode? Time(string text, DecodeRun run) =>
        text.Length is >= 20 and <= 40 && text[10] is 'T' or 't' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? JsonValue.Create(text)
            : run.Fault($"parsing time \"{(text.Length <= 40 ? text : text[..40])}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse");

    /// <summary>Bytes, kept in base64.</summary>
    public static JsonNode? Base64(ref Utf8JsonReader reader, DecodeRun run)
    {
        var text = reader.GetString()!;
        var valid = reader.ValueIsEscaped ? System.Buffers.Text.Base64.IsValid(text) : System.Buffers.Text.Base64.IsValid(reader.ValueSpan);
        return valid ? JsonValue.Create(text) : run.Fault("illegal base64 data");
    }
}
