using System.Globalization;

namespace ControlPlane.Catalogue.Printing;

/// <summary>Ages as <c>kubectl get</c> shows them: the two largest units while the second still tells something.</summary>
public static class HumanDuration
{
    /// <summary>The time since <paramref name="then"/>; <c>&lt;unknown&gt;</c> where there is none.</summary>
    public static string Since(DateTimeOffset? then, DateTimeOffset now) => then is null ? "<unknown>" : Format(now - then.Value);

    /// <summary>A duration; up to a second below zero is a difference of clocks, more is <c>&lt;invalid&gt;</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        var seconds = (long)duration.TotalSeconds;
        if (seconds < -1) return "<invalid>";
        if (seconds < 0) return "0s";
        if (seconds < 120) return Text(seconds, "s");
        var minutes = seconds / 60;
        if (minutes < 10) return Pair(minutes, "m", seconds % 60, "s");
        if (minutes < 180) return Text(minutes, "m");
        var hours = minutes / 60;
        if (hours < 8) return Pair(hours, "h", minutes % 60, "m");
        if (hours < 48) return Text(hours, "h");
        var days = hours / 24;
        if (days < 8) return Pair(days, "d", hours % 24, "h");
        if (days < 365 * 2) return Text(days, "d");
        return days < 365 * 8 ? Pair(days / 365, "y", days % 365, "d") : Text(days / 365, "y");
    }

    private static string Pair(long large, string largeUnit, long small, string smallUnit) =>
        small == 0 ? Text(large, largeUnit) : Text(large, largeUnit) + Text(small, smallUnit);

    private static string Text(long value, string unit) => value.ToString(CultureInfo.InvariantCulture) + unit;
}
