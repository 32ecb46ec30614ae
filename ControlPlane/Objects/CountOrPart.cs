using System.Globalization;
using System.Text.Json;

namespace ControlPlane.Objects;

/// <summary>Reads an IntOrString that is a count or a percentage of some whole.</summary>
public static class CountOrPart
{
    /// <param name="value">An integer, or text such as <c>"25%"</c>.</param>
    /// <param name="whole">What a percentage is of.</param>
    /// <param name="up">Whether a part of one counts as one.</param>
    /// <param name="absent">The percentage that stands for none given, or for what can't be read.</param>
    public static int Of(JsonElement value, int whole, bool up, int absent = 0)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count)) return Math.Max(0, count);
        var percent = value.ValueKind == JsonValueKind.String && int.TryParse(value.GetString()!.AsSpan().TrimEnd('%'), CultureInfo.InvariantCulture, out var read) ? read : absent;
        var hundredfold = (long)Math.Max(0, percent) * whole;
        return (int)(up ? (hundredfold + 99) / 100 : hundredfold / 100);
    }
}
