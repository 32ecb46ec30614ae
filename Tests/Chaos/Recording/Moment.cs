using System.Diagnostics;
using System.Globalization;

namespace Tests.Chaos.Recording;

/// <summary>Moments of the driver's stopwatch: one clock for all clients, which nobody sets.</summary>
internal static class Moment
{
    public static long Now => Stopwatch.GetTimestamp();

    /// <summary>The time between two moments.</summary>
    public static TimeSpan Between(long from, long to) => Stopwatch.GetElapsedTime(from, to);

    /// <summary>For messages: in seconds, to the millisecond.</summary>
    public static string Of(long moment) => string.Create(CultureInfo.InvariantCulture, $"{(double)moment / Stopwatch.Frequency:0.000} s");
}
