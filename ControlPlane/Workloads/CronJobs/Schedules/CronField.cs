using System.Globalization;

namespace ControlPlane.Workloads.CronJobs.Schedules;

/// <summary>One field of a schedule: the numbers it names.</summary>
/// <param name="Values">In order; none is a fault.</param>
/// <param name="Any">Whether it says that any number will do (<c>*</c> or <c>?</c>): then a day is chosen by the other of the two fields for days alone.</param>
/// <param name="Fault">Why it can't be read; null if it can.</param>
internal sealed record CronField(IReadOnlyList<int> Values, bool Any, string? Fault)
{
    private static readonly string[] NoNames = [];
    private static readonly string[] MonthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public static CronField Minute(string text) => Read(text, 0, 59, NoNames);

    public static CronField Hour(string text) => Read(text, 0, 23, NoNames);

    public static CronField DayOfMonth(string text) => Read(text, 1, 31, NoNames);

    public static CronField Month(string text) => Read(text, 1, 12, MonthNames);

    /// <summary>0 is Sunday; there is no 7.</summary>
    public static CronField DayOfWeek(string text) => Read(text, 0, 6, DayNames);

    /// <summary>The numbers as a list that reads the same everywhere.</summary>
    public override string ToString() => string.Join(',', Values.Select(value => value.ToString(CultureInfo.InvariantCulture)));

    private static CronField Read(string text, int least, int most, string[] names)
    {
        var (values, any) = (new SortedSet<int>(), false);
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Part(part, least, most, names, values, ref any) is { } fault) return new([], false, fault);
        }
        return values.Count > 0 ? new([.. values], any, null) : new([], false, $"no value in field: {text}");
    }

    private static string? Part(string part, int least, int most, string[] names, SortedSet<int> values, ref bool any)
    {
        var halves = part.Split('/');
        if (halves.Length > 2) return $"too many slashes: {part}";
        var ends = halves[0].Split('-');
        if (ends.Length > 2) return $"too many hyphens: {part}";
        var (first, last, step) = (least, most, 1);
        var star = ends[0] is "*" or "?";
        if (star && ends.Length > 1) return $"failed to parse int from {halves[0]}";
        if (!star && Number(ends[0], least, names, out first) is { } badFirst) return badFirst;
        if (!star) last = first;
        if (ends.Length == 2 && Number(ends[1], least, names, out last) is { } badLast) return badLast;
        if (halves.Length == 2)
        {
            if (Number(halves[1], least, NoNames, out step) is { } badStep) return badStep;
            if (ends.Length == 1) last = most;
        }
        if (first < least) return $"beginning of range ({first}) below minimum ({least}): {part}";
        if (last > most) return $"end of range ({last}) above maximum ({most}): {part}";
        if (first > last) return $"beginning of range ({first}) beyond end of range ({last}): {part}";
        if (step == 0) return $"step of range should be a positive number: {part}";
        any |= star && step == 1;
        for (long value = first; value <= last; value += step) values.Add((int)value);
        return null;
    }

    private static string? Number(string text, int least, string[] names, out int number)
    {
        number = Array.IndexOf(names, text.ToLowerInvariant());
        if (number >= 0)
        {
            number += least;
            return null;
        }
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) ? null : $"failed to parse int from {text}";
    }
}
