using System.Text.RegularExpressions;

namespace ControlPlane.Workloads.CronJobs.Schedules;

/// <summary>Time zones by their names in the IANA database, as far as the machine has it (Debian's package tzdata).</summary>
public static partial class TimeZones
{
    /// <summary>The zone; null if the machine knows none of that name. An empty name is UTC.</summary>
    public static TimeZoneInfo? Find(string name)
    {
        if (name is "" or "UTC" or "Etc/UTC") return TimeZoneInfo.Utc;
        return IanaName().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;
    }

    // Names become paths below the machine's zone files.
    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*$")]
    private static partial Regex IanaName();
}
