using System.Text.Json;

namespace ControlPlane.Objects;

/// <summary>Lenient access to members of a JSON element: what is absent or of another type reads as empty.</summary>
internal static class JsonReading
{
    public static bool TryObject(this JsonElement element, string member, out JsonElement found)
    {
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out found) && found.ValueKind == JsonValueKind.Object) return true;
        found = default;
        return false;
    }

    public static JsonObjects Items(this JsonElement element, string member) =>
        new(element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var found) ? found : default);

    public static IEnumerable<string> Texts(this JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var found) && found.ValueKind == JsonValueKind.Array
            ? found.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)
            : [];

    public static string Text(this JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString()! : "";

    public static bool Flag(this JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var found) && found.ValueKind == JsonValueKind.True;

    public static long Integer(this JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var found) && found.ValueKind == JsonValueKind.Number
            && found.TryGetInt64(out var number) ? number : 0;
}
