using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Shared.Api;

/// <summary>Durations as Go writes them: <c>1h30m</c>, <c>1.5h</c>, <c>90s</c>.</summary>
public static partial class GoDuration
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    /// <summary>The duration; null if the text is none, is negative, or is more than a hundred years.</summary>
    public static TimeSpan? Read(string text)
    {
        if (!Whole().IsMatch(text)) return null;
        var total = 0.0;
        foreach (Match part in Part().Matches(text))
        {
            total += double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * part.Groups[2].Value switch
            {
                "h" => 3600,
                "m" => 60,
                "s" => 1,
                "ms" => 1e-3,
                "us" or "µs" => 1e-6,
                _ => 1e-9,
            };
        }
        return total <= Longest.TotalSeconds ? TimeSpan.FromSeconds(total) : null;
    }

    /// <summary>Writes a duration that is not negative, to the millisecond: <c>15s</c>, <c>1m0.25s</c>.</summary>
    public static string Write(TimeSpan duration)
    {
        var milliseconds = (long)Math.Round(duration.TotalMilliseconds);
        var (minutes, rest) = Math.DivRem(milliseconds, 60_000);
        var text = new StringBuilder();
        if (minutes >= 60) text.Append(CultureInfo.InvariantCulture, $"{minutes / 60}h");
        if (minutes > 0) text.Append(CultureInfo.InvariantCulture, $"{minutes % 60}m");
        return text.Append(CultureInfo.InvariantCulture, $"{rest / 1000m:0.###}s").ToString();
    }

    [GeneratedRegex(@"^\+?(?:(?:\d+\.?\d*|\.\d+)(?:h|ms|m|s|us|µs|ns))+$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|ns)")]
    private static partial Regex Part();
}
