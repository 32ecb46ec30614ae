using System.Globalization;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;

namespace ControlPlane.Workloads.CronJobs;

/// <summary>
/// Makes the Job of each time its schedule names, once: the Job's name is the time's, a finalizer keeps it until <c>status.lastScheduleTime</c> has passed that time,
/// and no Job is made for a time that has been passed. So neither a crash nor a Job that is gone at once makes a second one. Where Jobs must not run side by side, one is
/// called active before it is made: who does that has then seen every Job that was made before. Also keeps the history and the status.
/// </summary>
public sealed class CronJobReconciler : IReconciler, IOutcomeReporter
{
    /// <summary>More missed times than these are worth a warning: a clock may be wrong.</summary>
    public const int ManyMissed = 100;

    private const string Component = "cronjob-controller";
    private static readonly Requester By = Requester.Controller(Component);

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var cronJob = CronJobState.Of(self);
        var jobs = OwnedJob.Of(self, view);
        var commands = new List<ObjectCommand>();
        var status = CronJobStatus.Next(cronJob, jobs);
        if (status.ToCommand(By) is { } change) commands.Add(change);
        commands.AddRange(jobs.Where(job => job.Tracked && (cronJob.Deleting || IsStored(cronJob, job))).Select(Release));
        if (!cronJob.Deleting) commands.AddRange(JobHistory.TooOld(cronJob, jobs).Select(Delete));
        if (commands.Count > 0) return new() { Commands = [.. commands] };
        if (cronJob.Deleting) return Plan.Nothing;
        var plan = cronJob.Suspended ? Plan.Nothing : Unexpected(self, jobs, Start(cronJob, jobs, status, view, now));
        // What was to be made and is not any more is not active.
        return plan.Commands.IsEmpty && (status with { Intent = "" }).ToCommand(By) is { } withdrawn ? plan with { Commands = [withdrawn] } : plan;
    }

    /// <inheritdoc/>
    public Plan Report(StoredObject self, IReadOnlyList<CommandOutcome> outcomes, DateTimeOffset now)
    {
        var events = new List<EventNote>();
        foreach (var (command, refusal) in outcomes)
        {
            switch (command)
            {
                case PatchObject { Patch: StatusWithNews patch } when refusal is null:
                    events.AddRange(patch.News.Select(news => Note(self, news.Type, news.Reason, news.Message)));
                    break;
                case CreateObject when refusal is null:
                    events.Add(Note(self, "Normal", "SuccessfulCreate", $"Created job {command.Key.Name}"));
                    break;
                case CreateObject when refusal is not { Reason: "AlreadyExists" }:
                    events.Add(Note(self, "Warning", "FailedCreate", $"Error creating job: {refusal.Message}"));
                    break;
                case DeleteObject when refusal is null:
                    events.Add(Note(self, "Normal", "SuccessfulDelete", $"Deleted job {command.Key.Name}"));
                    break;
                case DeleteObject when refusal is not { Reason: "NotFound" or "Conflict" }:
                    events.Add(Note(self, "Warning", "FailedDelete", $"Deleted job: {refusal.Message}"));
                    break;
            }
        }
        return new() { Events = [.. events] };
    }

    /// <summary>What is due now: a Job to make, one that runs to be replaced first, or a time to wait for.</summary>
    private static Plan Start(CronJobState cronJob, OwnedJob[] jobs, CronJobStatus status, IObjectView view, DateTimeOffset now)
    {
        var self = cronJob.Stored;
        if (cronJob.Zone is null) return Tell(self, "Warning", "UnknownTimeZone", $"invalid timeZone: \"{cronJob.ZoneName}\"", null);
        if (cronJob.Schedule is not { } schedule) return Tell(self, "Warning", "UnparseableSchedule", "unparseable schedule", null);
        var wait = schedule.Next(now) - now;
        var since = cronJob.LastSchedule ?? self.Header.CreationTimestamp;
        if (schedule.Latest(since, now) is not { } due) return new() { RequeueAfter = wait };
        if (due < cronJob.Earliest(now)) return Tell(self, "Warning", "MissSchedule", $"Missed scheduled time to start a job: {Text(due)}", wait);
        var plan = new Plan { RequeueAfter = wait };
        if (schedule.HasMoreThan(ManyMissed, cronJob.Earliest(now), now))
        {
            plan = Tell(self, "Warning", "TooManyMissedTimes", "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew", wait);
        }
        if (cronJob.Policy == ConcurrencyPolicy.Forbid && jobs.Any(job => job.Runs))
        {
            const string Words = "Not starting job because prior execution is running and concurrency policy is Forbid";
            return plan with { Events = plan.Events.Add(Note(self, "Normal", "JobAlreadyActive", Words)) };
        }
        var replaced = cronJob.Policy == ConcurrencyPolicy.Replace ? jobs.Where(job => job.Runs && !job.Deleting).ToArray() : [];
        if (replaced.Length > 0) return plan with { Commands = [.. replaced.Select(Delete)] };
        if (view.Get(JobFactory.KeyOf(self, due)) is { } taken)
        {
            // Times of one minute share a name, and the Job of the first serves them all.
            if (taken.Header.Controller?.Uid == self.Uid) return plan;
            return plan with { Events = plan.Events.Add(Note(self, "Warning", "FailedCreate", $"Error creating job: the name {taken.Key.Name} belongs to a job of somebody else")) };
        }
        var name = JobFactory.NameOf(self.Key.Name, due);
        var announced = cronJob.Policy == ConcurrencyPolicy.Allow || cronJob.Intent == name;
        return plan with { Commands = [announced ? JobFactory.Create(cronJob, due, By) : (status with { Intent = name }).ToCommand(By)!] };
    }

    /// <summary>Says of Jobs that were not made by the schedule that they are there, as Kubernetes does.</summary>
    private static Plan Unexpected(StoredObject self, OwnedJob[] jobs, Plan plan) => plan with
    {
        Events = plan.Events.AddRange(jobs.Where(job => job.Scheduled is null && job.Ended.Length == 0)
            .Select(job => Note(self, "Warning", "UnexpectedJob", $"Saw a job that the controller did not create or forgot: {job.Name}"))),
    };

    // A Job that the schedule did not make has nothing to be stored.
    private static bool IsStored(CronJobState cronJob, OwnedJob job) => job.Scheduled is not { } at || at <= cronJob.LastSchedule;

    private static Plan Tell(StoredObject self, string type, string reason, string message, TimeSpan? wait) =>
        new() { Events = [Note(self, type, reason, message)], RequeueAfter = wait };

    private static EventNote Note(StoredObject self, string type, string reason, string message) =>
        new(new("batch/v1", "CronJob", self.Key.Namespace, self.Key.Name, self.Uid), type, reason, message, Component);

    private static PatchObject Release(OwnedJob job) => new(job.Stored.Key, new FinalizerPatch(CronJobNames.Finalizer), "", By) { Preconditions = new(job.Stored.Uid) };

    private static DeleteObject Delete(OwnedJob job) => new(job.Stored.Key, null, Propagation.Background, By) { Preconditions = new(job.Stored.Uid) };

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("R", CultureInfo.InvariantCulture);
}
