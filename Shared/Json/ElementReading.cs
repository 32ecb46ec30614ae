using System.Collections.Immutable;
using System.Text.Json;

namespace Shared.Json;

/// <summary>
/// Reads stored bytes without making a tree of them. The words and their meaning are those of <see cref="TreeReading"/>; nothing at all is the
/// undefined element.
/// </summary>
public static class ElementReading
{
    private static readonly ImmutableSortedDictionary<string, string> NoTexts = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>What stands at a path; undefined where there is nothing.</summary>
    public static JsonElement At(this JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var member in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(member, out element)) return default;
        }
        return element;
    }

    /// <summary>An object, or null.</summary>
    public static JsonElement? Child(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Object } found ? found : null;

    /// <summary>The objects of a list.</summary>
    public static ElementObjects Objects(this JsonElement element, params ReadOnlySpan<string> path) => new(element.At(path));

    /// <summary>The texts of a list.</summary>
    public static IEnumerable<string> Texts(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Array } found
            ? found.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)
            : [];

    /// <summary>A text; empty where there is none.</summary>
    public static string Text(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.String } found ? found.GetString()! : "";

    /// <summary>A whole number, or null.</summary>
    public static long? Number(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt64(out var number) ? number : null;

    /// <summary>A whole number of 32 bits; <paramref name="absent"/> where there is none.</summary>
    public static int Int(this JsonElement element, string member, int absent = 0) =>
        element.At(member) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt32(out var number) ? number : absent;

    /// <summary>A flag, or null.</summary>
    public static bool? Flag(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path).ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };

    /// <summary>A time, or null.</summary>
    public static DateTimeOffset? Time(this JsonElement element, params ReadOnlySpan<string> path) => Rfc3339.Read(element.Text(path));

    /// <summary>A map of texts, as label sets are; empty where there is none.</summary>
    public static ImmutableSortedDictionary<string, string> TextMap(this JsonElement element, params ReadOnlySpan<string> path)
    {
        if (element.Child(path) is not { } map) return NoTexts;
        var read = NoTexts.ToBuilder();
        foreach (var entry in map.EnumerateObject())
        {
            if (entry.Value.ValueKind == JsonValueKind.String) read[entry.Name] = entry.Value.GetString()!;
        }
        return read.ToImmutable();
    }
}
