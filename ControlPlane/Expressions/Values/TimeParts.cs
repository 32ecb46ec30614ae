using System.Globalization;

namespace ControlPlane.Expressions.Values;

/// <summary>The parts of a point of time, as a clock somewhere shows them.</summary>
internal static class TimeParts
{
    /// <summary>A part of a time in UTC.</summary>
    public static CelValue Of(CelValue time, Func<DateTime, long> part) => CelValue.Of(part(Utc(time)));

    /// <summary>A part of a time in a zone: a name, or <c>02:00</c> or <c>-02:00</c> from UTC.</summary>
    public static CelValue Of(CelValue time, string zone, Func<DateTime, long> part)
    {
        if (!TryOffset(Utc(time), zone, out var offset)) return CelValue.Fault($"unknown time zone {zone}");
        var ticks = Utc(time).Ticks + offset.Ticks;
        return ticks < 0 || ticks > DateTime.MaxValue.Ticks ? CelValue.Fault("timestamp out of range") : CelValue.Of(part(new DateTime(ticks, DateTimeKind.Unspecified)));
    }

    private static DateTime Utc(CelValue time) => DateTime.UnixEpoch.AddSeconds(time.Seconds);

    private static bool TryOffset(DateTime utc, string zone, out TimeSpan offset)
    {
        offset = default;
        if (zone is "" or "UTC" or "Z") return true;
        var digits = zone.AsSpan().TrimStart("+-");
        if (!digits.IsEmpty && char.IsAsciiDigit(digits[0]))
        {
            var colon = digits.IndexOf(':');
            if (zone.Length - digits.Length > 1 || colon < 1) return false;
            if (!int.TryParse(digits[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)) return false;
            if (!int.TryParse(digits[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)) return false;
            if (hours > 23 || minutes > 59) return false;
            offset = new TimeSpan(hours, minutes, 0);
            if (zone[0] == '-') offset = -offset;
            return true;
        }
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found)) return false;
        offset = found.GetUtcOffset(utc);
        return true;
    }
}
