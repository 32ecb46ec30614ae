using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Shared.Api;

namespace ControlPlane.Workloads;

/// <summary>Reads members that may be absent or of another type: then the answer is the given default, never an exception.</summary>
internal static class JsonElementReading
{
    /// <summary>The whole object as an element that needs no disposal.</summary>
    public static JsonElement ToElement(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, ObjectLimits.Reader);
        return JsonElement.ParseValue(ref reader);
    }

    /// <summary>The member, or an undefined element.</summary>
    public static JsonElement At(this JsonElement parent, string member) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(member, out var found) ? found : default;

    public static string TextAt(this JsonElement parent, string member) =>
        parent.At(member) is { ValueKind: JsonValueKind.String } found ? found.GetString()! : "";

    public static int IntAt(this JsonElement parent, string member, int absent = 0) =>
        parent.At(member) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt32(out var number) ? number : absent;

    public static long LongAt(this JsonElement parent, string member) =>
        parent.At(member) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt64(out var number) ? number : 0;

    public static bool FlagAt(this JsonElement parent, string member) => parent.At(member).ValueKind == JsonValueKind.True;

    public static DateTimeOffset? TimeAt(this JsonElement parent, string member) =>
        DateTimeOffset.TryParse(parent.TextAt(member), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>A map of strings: labels, annotations.</summary>
    public static ImmutableSortedDictionary<string, string> MapAt(this JsonElement parent, string member)
    {
        if (parent.At(member) is not { ValueKind: JsonValueKind.Object } map) return NoStrings;
        var read = NoStrings.ToBuilder();
        foreach (var entry in map.EnumerateObject())
        {
            if (entry.Value.ValueKind == JsonValueKind.String) read[entry.Name] = entry.Value.GetString()!;
        }
        return read.ToImmutable();
    }

    private static readonly ImmutableSortedDictionary<string, string> NoStrings = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
