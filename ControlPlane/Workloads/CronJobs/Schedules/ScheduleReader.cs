using Cronos;
using Shared.Api;

namespace ControlPlane.Workloads.CronJobs.Schedules;

/// <summary>
/// Reads what Kubernetes reads: five fields, macros and <c>@every</c>. Cronos computes the times; what it reads otherwise (days of the month and of the week
/// together, <c>L</c>, <c>W</c>, <c>#</c>, <c>7</c>, ranges that run backwards) is settled here, before it sees plain lists.
/// </summary>
public static class ScheduleReader
{
    private static readonly Dictionary<string, string> Macros = new(StringComparer.Ordinal)
    {
        ["@yearly"] = "0 0 1 1 *",
        ["@annually"] = "0 0 1 1 *",
        ["@monthly"] = "0 0 1 * *",
        ["@weekly"] = "0 0 * * 0",
        ["@daily"] = "0 0 * * *",
        ["@midnight"] = "0 0 * * *",
        ["@hourly"] = "0 * * * *",
    };

    /// <summary>The schedule a text stands for in a zone, or why it stands for none.</summary>
    public static (Schedule? Schedule, string? Fault) Read(string text, TimeZoneInfo zone)
    {
        if (text.Contains("TZ", StringComparison.Ordinal)) return (null, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
        if (text.StartsWith("@every ", StringComparison.Ordinal))
        {
            return GoDuration.Read(text["@every ".Length..]) is { } distance ? (new EverySchedule(distance), null) : (null, $"failed to parse duration {text}");
        }
        var spelled = text;
        if (text.StartsWith('@') && !Macros.TryGetValue(text, out spelled)) return (null, $"unrecognized descriptor: {text}");
        var parts = spelled.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 5) return (null, $"expected exactly 5 fields, found {parts.Length}: [{string.Join(' ', parts)}]");
        CronField[] fields = [CronField.Minute(parts[0]), CronField.Hour(parts[1]), CronField.DayOfMonth(parts[2]), CronField.Month(parts[3]), CronField.DayOfWeek(parts[4])];
        if (fields.FirstOrDefault(field => field.Fault is not null) is { } bad) return (null, bad.Fault);
        return (new WallClockSchedule([.. Expressions(fields).Select(expression => CronExpression.Parse(expression))], zone), null);
    }

    private static IEnumerable<string> Expressions(CronField[] fields)
    {
        var (clock, month, day, weekday) = ($"{fields[0]} {fields[1]}", fields[3], fields[2], fields[4]);
        // Where both kinds of days are named, either will do.
        return day.Any || weekday.Any ? [$"{clock} {day} {month} {weekday}"] : [$"{clock} {day} {month} *", $"{clock} * {month} {weekday}"];
    }
}
