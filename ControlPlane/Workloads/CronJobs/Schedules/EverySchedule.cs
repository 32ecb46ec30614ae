namespace ControlPlane.Workloads.CronJobs.Schedules;

/// <summary><c>@every</c>: at a fixed distance from the time before, in whole seconds and at least one.</summary>
internal sealed class EverySchedule(TimeSpan distance) : Schedule
{
    private readonly long _seconds = Math.Max(1, (long)distance.TotalSeconds);

    /// <inheritdoc/>
    public override DateTimeOffset? Next(DateTimeOffset after) => DateTimeOffset.FromUnixTimeSeconds(after.ToUnixTimeSeconds() + _seconds);

    /// <inheritdoc/>
    public override DateTimeOffset? Latest(DateTimeOffset after, DateTimeOffset until)
    {
        var from = after.ToUnixTimeSeconds();
        var steps = (until.ToUnixTimeSeconds() - from) / _seconds;
        return steps > 0 ? DateTimeOffset.FromUnixTimeSeconds(from + (steps * _seconds)) : null;
    }
}
