using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Api;

namespace ControlPlane.Workloads.Jobs;

/// <summary>The status that follows from what a plan found, and what users are told of it.</summary>
internal sealed record JobProgress(JobStatus Status, ImmutableArray<StatusNews> News)
{
    public static JobProgress Next(JobState job, JobCensus pods, JobTally tally, Condition? verdict, DateTimeOffset now)
    {
        var started = job.StartTime ?? (job.Suspended || job.Deleting ? null : now);
        var progress = new JobProgress(new(job, pods, tally) { StartTime = started }, []);
        if (job.Deleting) return progress;
        if (verdict is null) return progress.Suspension(now);
        if (job.Holding(verdict.Type) is null) return progress.With(progress.Status with { Conditions = job.Conditions.With(verdict, now) });
        return IsOver(job, pods, tally) ? progress.End(verdict, now) : progress;
    }

    /// <summary>
    /// The command that stores the status, or null if it says nothing new. It holds only of the version it was made from: a note must not be
    /// written over by one who has not seen it.
    /// </summary>
    public PatchObject? ToCommand(Requester by)
    {
        var (self, stored, wanted) = (Status.Job.Stored, Status.Job.Status, Status.ToJson());
        var present = stored.ValueKind == JsonValueKind.Object ? JsonObject.Create(stored) : [];
        return JsonNode.DeepEquals(present, wanted) ? null : new(self.Key, new StatusWithNews(wanted, News), "status", by) { Preconditions = new(self.Uid, self.Revision) };
    }

    /// <summary>Whether every pod has ended and is counted.</summary>
    private static bool IsOver(JobState job, JobCensus pods, JobTally tally) =>
        pods.Active.Length == 0 && pods.Terminating.Length == 0 && !pods.All.Any(pod => pod.Tracked)
        && job.NotedSucceeded.Count + job.NotedFailed.Count + tally.NotedSucceeded.Count + tally.NotedFailed.Count == 0;

    private JobProgress End(Condition verdict, DateTimeOffset now)
    {
        var complete = verdict.Type == JobConditions.SuccessCriteriaMet;
        var last = new Condition(complete ? JobConditions.Complete : JobConditions.Failed, "True", verdict.Reason, verdict.Message);
        var ended = Status with { Conditions = Status.Conditions.With(last, now), CompletionTime = complete ? now : null };
        return With(ended, complete ? new StatusNews("Normal", "Completed", "Job completed") : new StatusNews("Warning", verdict.Reason, verdict.Message));
    }

    private JobProgress Suspension(DateTimeOffset now)
    {
        var job = Status.Job;
        var suspended = job.Holding(JobConditions.Suspended) is not null;
        if (job.Suspended == suspended) return this;
        if (job.Suspended)
        {
            var held = new Condition(JobConditions.Suspended, "True", JobConditions.JobSuspended, "Job suspended");
            return With(Status with { Conditions = job.Conditions.With(held, now) }, new StatusNews("Normal", "Suspended", "Job suspended"));
        }
        // The deadline counts from here: it is of uninterrupted activity.
        var resumed = new Condition(JobConditions.Suspended, "False", JobConditions.JobResumed, "Job resumed");
        return With(Status with { Conditions = job.Conditions.With(resumed, now), StartTime = now }, new StatusNews("Normal", "Resumed", "Job resumed"));
    }

    private JobProgress With(JobStatus status, params ImmutableArray<StatusNews> news) => new(status, news);
}
