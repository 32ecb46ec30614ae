using Shared.Api;

namespace ControlPlane.Workloads.Jobs;

/// <summary>Whether a Job is to end, and how: the condition that says so. Once stored it stands.</summary>
internal static class JobVerdict
{
    public static Condition? Of(JobState job, JobCensus pods, JobTally tally, DateTimeOffset now)
    {
        if ((job.Holding(JobConditions.SuccessCriteriaMet) ?? job.Holding(JobConditions.FailureTarget)) is { } decided) return decided;
        return Failure(job, pods, tally, now) ?? Success(job, pods, tally);
    }

    /// <summary>How long until the deadline; null if none runs. One that was resumed runs from the start that is yet to be stored.</summary>
    public static TimeSpan? UntilDeadline(JobState job, DateTimeOffset now) =>
        job is { ActiveDeadline: { } deadline, Suspended: false, StartTime: { } started } && job.Holding(JobConditions.Suspended) is null ? started + deadline - now : null;

    private static Condition? Failure(JobState job, JobCensus pods, JobTally tally, DateTimeOffset now)
    {
        foreach (var pod in pods.All.Where(pod => pod.FailedFor(job)))
        {
            if (job.Failures.Judge(pod) is { Action: FailureAction.FailJob } verdict) return Fails(JobConditions.PodFailurePolicy, verdict.Message);
        }
        if (tally.FailedInAll > job.BackoffLimit || RestartedTooOften(job, pods))
        {
            return Fails(JobConditions.BackoffLimitExceeded, "Job has reached the specified backoff limit");
        }
        if (UntilDeadline(job, now) <= TimeSpan.Zero) return Fails(JobConditions.DeadlineExceeded, "Job was active longer than specified deadline");
        if (job.BackoffLimitPerIndex is null) return null;
        var failed = tally.FailedIndexes.Count;
        if (failed > job.MaxFailedIndexes) return Fails(JobConditions.MaxFailedIndexesExceeded, "Job has exceeded the specified maximal number of failed indexes");
        return failed > 0 && failed + tally.Completed.Count >= job.Completions ? Fails(JobConditions.FailedIndexes, "Job has failed indexes") : null;
    }

    private static Condition? Success(JobState job, JobCensus pods, JobTally tally)
    {
        if (job.Indexed && job.Successes.Met(tally.Completed) is { } met) return Succeeds(JobConditions.SuccessPolicy, met);
        var enough = tally.SucceededInAll >= (job.Completions ?? 1);
        return enough && pods.Active.Length == 0 ? Succeeds(JobConditions.CompletionsReached, "Reached expected number of succeeded pods") : null;
    }

    private static bool RestartedTooOften(JobState job, JobCensus pods)
    {
        if (!job.RestartsInPlace) return false;
        var restarts = pods.Active.Sum(pod => pod.Facts.Restarts);
        return job.BackoffLimit == 0 ? restarts > 0 : restarts >= job.BackoffLimit;
    }

    private static Condition Fails(string reason, string message) => new(JobConditions.FailureTarget, "True", reason, message);

    private static Condition Succeeds(string reason, string message) => new(JobConditions.SuccessCriteriaMet, "True", reason, message);
}
