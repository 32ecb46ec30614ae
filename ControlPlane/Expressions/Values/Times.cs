using System.Globalization;

namespace ControlPlane.Expressions.Values;

/// <summary>Points and lengths of time: read, written and added within the ranges CEL has (years 1 to 9999; 64 bits of nanoseconds).</summary>
internal static class Times
{
    public const long SecondNanos = 1_000_000_000;

    private const long FirstSecond = -62_135_596_800;
    private const long LastSecond = 253_402_300_799;

    /// <summary>A point of time; a fault if it is out of range.</summary>
    public static CelValue Timestamp(long seconds, long nanos)
    {
        seconds += Math.DivRem(nanos, SecondNanos, out var rest);
        if (rest < 0) (seconds, rest) = (seconds - 1, rest + SecondNanos);
        return seconds is < FirstSecond or > LastSecond ? CelValue.Fault("timestamp overflow: out of range") : CelValue.Time(seconds, (int)rest);
    }

    public static CelValue Add(CelValue time, long nanos) =>
        Timestamp(time.Seconds + Math.DivRem(nanos, SecondNanos, out var rest), time.Nanos + rest);

    public static CelValue Between(CelValue later, CelValue earlier)
    {
        var nanos = (Int128)(later.Seconds - earlier.Seconds) * SecondNanos + (later.Nanos - earlier.Nanos);
        return nanos < long.MinValue || nanos > long.MaxValue ? CelValue.Fault("duration overflow: out of range") : CelValue.Span((long)nanos);
    }

    /// <summary>RFC 3339 with up to nine digits of a second.</summary>
    public static CelValue ReadTimestamp(string text)
    {
        var invalid = CelValue.Fault($"invalid timestamp: could not parse \"{text}\" as RFC 3339");
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] is not ('T' or 't') || text[13] != ':' || text[16] != ':') return invalid;
        if (!Part(text, 0, 4, out var year) || !Part(text, 5, 2, out var month) || !Part(text, 8, 2, out var day)) return invalid;
        if (!Part(text, 11, 2, out var hour) || !Part(text, 14, 2, out var minute) || !Part(text, 17, 2, out var second)) return invalid;
        if (year == 0) return CelValue.Fault("timestamp out of range");
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return invalid;
        var (at, nanos) = (19, 0L);
        if (text[at] == '.')
        {
            var scale = SecondNanos;
            for (at++; at < text.Length && char.IsAsciiDigit(text[at]); at++)
            {
                scale /= 10;
                nanos += (text[at] - '0') * scale;
            }
            if (at == 20) return invalid;
        }
        if (!TryOffset(text.AsSpan(at), out var offset)) return invalid;
        var seconds = (new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;
        return Timestamp(seconds - offset, nanos);
    }

    public static CelValue ReadDate(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? CelValue.Time((date.ToDateTime(TimeOnly.MinValue).Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond, 0)
            : CelValue.Fault($"invalid date: {text}");

    public static string WriteTimestamp(CelValue time) =>
        DateTime.UnixEpoch.AddSeconds(time.Seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + Fraction(time.Nanos) + "Z";

    /// <summary>A length of time as Go writes them: <c>1h2m</c>, <c>-1.5s</c>, <c>0</c>.</summary>
    public static CelValue ReadDuration(string text)
    {
        var invalid = CelValue.Fault($"invalid duration: \"{text}\"");
        var rest = text.AsSpan();
        var negative = rest is ['-', ..];
        if (rest is ['-' or '+', ..]) rest = rest[1..];
        if (rest is "0") return CelValue.Span(0);
        if (rest.IsEmpty) return invalid;
        Int128 nanos = 0;
        while (!rest.IsEmpty)
        {
            var digits = 0;
            while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.')) digits++;
            if (!decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return invalid;
            rest = rest[digits..];
            var letters = 0;
            while (letters < rest.Length && !char.IsAsciiDigit(rest[letters]) && rest[letters] != '.') letters++;
            var unit = rest[..letters] switch
            {
                "ns" => 1m,
                "us" or "µs" or "μs" => 1_000m,
                "ms" => 1_000_000m,
                "s" => 1_000_000_000m,
                "m" => 60_000_000_000m,
                "h" => 3_600_000_000_000m,
                _ => 0m,
            };
            if (unit == 0) return invalid;
            if (number > 1_000_000_000_000_000_000m) return CelValue.Fault("duration out of range");
            // A day of the largest unit is far below what fits here.
            nanos += (Int128)(number > 10_000_000_000_000m ? number : 0) * (Int128)unit + (Int128)(number > 10_000_000_000_000m ? 0 : number * unit);
            rest = rest[letters..];
        }
        if (negative) nanos = -nanos;
        return nanos < long.MinValue || nanos > long.MaxValue ? CelValue.Fault("duration out of range") : CelValue.Span((long)nanos);
    }

    /// <summary>Seconds, as CEL writes a length of time: <c>3600s</c>, <c>-0.5s</c>.</summary>
    public static string WriteDuration(long nanos)
    {
        var (seconds, rest) = (nanos / SecondNanos, Math.Abs(nanos % SecondNanos));
        return $"{(nanos < 0 && seconds == 0 ? "-" : "")}{seconds.ToString(CultureInfo.InvariantCulture)}{Fraction((int)rest)}s";
    }

    private static string Fraction(int nanos) => nanos == 0 ? "" : "." + nanos.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');

    /// <summary>Seconds east of UTC: <c>Z</c>, <c>+02:00</c>.</summary>
    private static bool TryOffset(ReadOnlySpan<char> text, out int seconds)
    {
        seconds = 0;
        if (text is "Z" or "z") return true;
        if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':') return false;
        if (!int.TryParse(text[1..3], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)) return false;
        if (!int.TryParse(text[4..], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) || hours > 23 || minutes > 59) return false;
        seconds = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
        return true;
    }

    private static bool Part(string text, int start, int length, out int number) =>
        int.TryParse(text.AsSpan(start, length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
