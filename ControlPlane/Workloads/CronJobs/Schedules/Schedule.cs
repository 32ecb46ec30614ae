namespace ControlPlane.Workloads.CronJobs.Schedules;

/// <summary>When a CronJob is due.</summary>
public abstract class Schedule
{
    /// <summary>The first time after another; null if there is none within five years.</summary>
    public abstract DateTimeOffset? Next(DateTimeOffset after);

    /// <summary>The last time after one and not after another; null if there is none.</summary>
    public abstract DateTimeOffset? Latest(DateTimeOffset after, DateTimeOffset until);

    /// <summary>Whether there are more times than this after one and not after another.</summary>
    public bool HasMoreThan(int count, DateTimeOffset after, DateTimeOffset until)
    {
        for (var at = Next(after); at <= until; at = Next(at.Value))
        {
            if (count-- == 0) return true;
        }
        return false;
    }
}
