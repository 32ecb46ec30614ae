using Cronos;

namespace ControlPlane.Workloads.CronJobs.Schedules;

/// <summary>
/// Times of a wall clock in a zone. As Kubernetes has it, a time that a clock change leaves out does not come that day, and one that it brings twice comes twice.
/// </summary>
/// <param name="expressions">Any of them is met.</param>
/// <param name="zone">Whose clock it is.</param>
internal sealed class WallClockSchedule(IReadOnlyList<CronExpression> expressions, TimeZoneInfo zone) : Schedule
{
    private static readonly TimeSpan Step = TimeSpan.FromDays(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private const int Years = 5;

    /// <inheritdoc/>
    public override DateTimeOffset? Next(DateTimeOffset after)
    {
        var (from, inclusive, limit) = (after.UtcDateTime, false, after.UtcDateTime.AddYears(Years));
        while (true)
        {
            // Within one offset the wall clock runs as UTC does. Where it ends, the search goes on with the clock that follows.
            var offset = zone.GetUtcOffset(from);
            if (Earliest(from + offset, inclusive) is not { } wall) return null;
            var found = wall - offset;
            if (NextChange(from, found < limit ? found : limit, offset) is { } change) (from, inclusive) = (change, true);
            else return found <= limit ? new DateTimeOffset(found, TimeSpan.Zero) : null;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset? Latest(DateTimeOffset after, DateTimeOffset until)
    {
        // Looks back over longer and longer spans: what is found in the first that has any is last.
        for (var span = TimeSpan.FromHours(1); ; span *= 2)
        {
            var from = until - after > span ? until - span : after;
            DateTimeOffset? last = null;
            for (var at = Next(from); at <= until; at = Next(at.Value)) last = at;
            if (last is not null || from == after) return last;
        }
    }

    private DateTime? Earliest(DateTime wall, bool inclusive)
    {
        DateTime? earliest = null;
        foreach (var expression in expressions)
        {
            var next = expression.GetNextOccurrence(DateTime.SpecifyKind(wall, DateTimeKind.Utc), inclusive);
            if (next is not null && (earliest is null || next < earliest)) earliest = next;
        }
        return earliest;
    }

    /// <summary>The first moment after one, and not after another, at which the zone has another offset.</summary>
    private DateTime? NextChange(DateTime from, DateTime until, TimeSpan offset)
    {
        if (zone.Equals(TimeZoneInfo.Utc)) return null;
        var (before, after) = (from, from);
        do
        {
            if (after == until) return null;
            (before, after) = (after, until - after > Step ? after + Step : until);
        }
        while (zone.GetUtcOffset(after) == offset);
        while (after - before > Second)
        {
            var middle = before + ((after - before) / 2);
            if (zone.GetUtcOffset(middle) == offset) before = middle;
            else after = middle;
        }
        // Clocks change at whole seconds.
        return new DateTime(after.Ticks - (after.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
    }
}
