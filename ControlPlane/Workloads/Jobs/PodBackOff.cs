namespace ControlPlane.Workloads.Jobs;

/// <summary>How long to wait before a pod that failed is replaced: 10 s, doubled with every failure since the last success, at most six minutes.</summary>
internal static class PodBackOff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(6);

    /// <summary>The wait after so many failures in a row; none after none.</summary>
    public static TimeSpan After(int failures) =>
        failures <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(failures - 1, 10)));

    /// <summary>What is left of the wait of a Job, by the pods there are.</summary>
    public static TimeSpan Left(JobState job, JobCensus pods, DateTimeOffset now)
    {
        // A pod that was given up is being deleted and no longer tracked: that was no failure.
        var failed = pods.All.Where(pod => pod.FailedFor(job) && (pod.Tracked || !pod.Deleting)).Select(pod => pod.Facts.Finished).ToArray();
        if (failed.Length == 0) return TimeSpan.Zero;
        var success = pods.All.Where(pod => pod.Succeeded).Select(pod => pod.Facts.Finished).DefaultIfEmpty(DateTimeOffset.MinValue).Max();
        var since = failed.Count(at => at > success);
        return since == 0 ? TimeSpan.Zero : failed.Max() + After(since) - now;
    }

    /// <summary>What is left of the wait of one index.</summary>
    /// <param name="last">Its last failure.</param>
    /// <param name="now">The time.</param>
    public static TimeSpan Left(JobPod last, DateTimeOffset now) => last.Facts.Finished + After(last.Facts.FailureCount + last.Facts.IgnoredCount + 1) - now;
}
