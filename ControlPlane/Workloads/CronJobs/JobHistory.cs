namespace ControlPlane.Workloads.CronJobs;

/// <summary>Which of the Jobs that ended are kept: the newest so many that succeeded, and so many that failed.</summary>
internal static class JobHistory
{
    public static IEnumerable<OwnedJob> TooOld(CronJobState cronJob, OwnedJob[] jobs) =>
        Oldest(jobs, "Complete", cronJob.SuccessfulKept).Concat(Oldest(jobs, "Failed", cronJob.FailedKept));

    private static IEnumerable<OwnedJob> Oldest(OwnedJob[] jobs, string ended, int kept)
    {
        var some = jobs.Where(job => job.Ended == ended).OrderBy(job => job.Started).ThenBy(job => job.Name, StringComparer.Ordinal).ToArray();
        // One that waits to be stored is left alone: a second patch to it would wait for this plan.
        return some.Take(Math.Max(0, some.Length - kept)).Where(job => !job.Deleting && !job.Tracked);
    }
}
