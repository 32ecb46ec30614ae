using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Api;

namespace ControlPlane.Workloads.Jobs;

/// <summary>
/// Runs a Job's pods to their end: adopts, counts and releases those that ended, decides whether the Job has, deletes what is too much and creates what is missing.
/// Pods are created only by a plan that has nothing else to do: then the stored status says all that the decision rests on, and whoever plans after a crash
/// has seen it too.
/// </summary>
public sealed class JobReconciler : IReconciler, IOutcomeReporter
{
    private const string Component = "job-controller";
    private static readonly Requester By = Requester.Controller(Component);
    private static readonly GroupResource Pods = new("", "pods");

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var job = JobState.Of(self);
        if (job.ManagedElsewhere) return Plan.Nothing;
        if (job.Ended is { } end) return AfterEnd(job, end, view, now);
        var owner = new OwnerRef("batch/v1", "Job", self.Key.Name, self.Uid, Controller: true, BlockOwnerDeletion: true);
        var claim = Adoption.Make(self, owner, job.Selector, Pods, view, By, finalizer: JobNames.Finalizer);
        if (claim.Commands.Count > 0) return new() { Commands = [.. claim.Commands] };
        var pods = JobCensus.Take(claim.Owned);
        var tally = JobTally.Take(job, pods);
        var verdict = job.Deleting ? null : JobVerdict.Of(job, pods, tally, now);
        var commands = new List<ObjectCommand>();
        if (JobProgress.Next(job, pods, tally, verdict, now).ToCommand(By) is { } change) commands.Add(change);
        commands.AddRange(tally.Release.Select(Release));
        // Nobody would count what a pod without the finalizer does: it is replaced.
        commands.AddRange(pods.Active.Where(pod => !pod.Tracked && !job.Deleting).Select(Delete));
        var wait = JobVerdict.UntilDeadline(job, now);
        if (verdict is not null)
        {
            if (job.Holding(verdict.Type) is not null) commands.AddRange(pods.Active.Where(pod => pod.Tracked).Select(Delete));
        }
        else if (!job.Deleting) wait = Plan.Sooner(wait, Size(job, pods, tally, owner, view, now, commands));
        return new() { Commands = [.. commands.Take(JobSizing.MostPerPlan)], RequeueAfter = wait };
    }

    /// <inheritdoc/>
    public Plan Report(StoredObject self, IReadOnlyList<CommandOutcome> outcomes, DateTimeOffset now)
    {
        var regarding = new ObjectReference("batch/v1", "Job", self.Key.Namespace, self.Key.Name, self.Uid);
        var events = new List<EventNote>();
        foreach (var (command, refusal) in outcomes)
        {
            switch (command)
            {
                case PatchObject { Patch: StatusWithNews patch } when refusal is null:
                    events.AddRange(patch.News.Select(news => new EventNote(regarding, news.Type, news.Reason, news.Message, Component)));
                    break;
                case CreateObject when refusal is null:
                    events.Add(new(regarding, "Normal", "SuccessfulCreate", $"Created pod: {command.Key.Name}", Component));
                    break;
                case CreateObject when refusal is not { Reason: "AlreadyExists" }:
                    if (events.All(told => told.Reason != "FailedCreate")) events.Add(new(regarding, "Warning", "FailedCreate", $"Error creating: {refusal.Message}", Component));
                    break;
                case DeleteObject when refusal is null && command.Key.GroupResource == Pods:
                    events.Add(new(regarding, "Normal", "SuccessfulDelete", $"Deleted pod: {command.Key.Name}", Component));
                    break;
                case DeleteObject when refusal is not (null or { Reason: "NotFound" or "Conflict" }):
                    events.Add(new(regarding, "Warning", "FailedDelete", $"Error deleting: {refusal.Message}", Component));
                    break;
            }
        }
        return new() { Events = [.. events] };
    }

    /// <summary>Gives up what is too much, or creates what is missing; answers how long the back-off still runs.</summary>
    private static TimeSpan? Size(
        JobState job, JobCensus pods, JobTally tally, OwnerRef owner, IObjectView view, DateTimeOffset now, List<ObjectCommand> commands)
    {
        var sizing = new JobSizing(job, pods, tally);
        commands.AddRange(sizing.Surplus(view).Select(pod => Patch(pod, new GiveUpPodPatch())));
        if (commands.Count > 0 || sizing.Missing == 0 || EndingNamespace.Holds(job.Stored, view)) return null;
        var count = Math.Min(sizing.Missing, JobSizing.MostPerPlan);
        var factory = new JobPodFactory(job, owner, view, By);
        if (job.BackoffLimitPerIndex is not null) return CreateEach(sizing, tally, factory, count, now, commands);
        if (PodBackOff.Left(job, pods, now) is { } left && left > TimeSpan.Zero) return left;
        if (job.Indexed) commands.AddRange(sizing.Pending().Take(count).Select(index => factory.Create(index, null)));
        else for (var i = 0; i < count; i++) commands.Add(factory.Create());
        return null;
    }

    /// <summary>Where failures are counted by index, each index has a back-off of its own.</summary>
    private static TimeSpan? CreateEach(JobSizing sizing, JobTally tally, JobPodFactory factory, int count, DateTimeOffset now, List<ObjectCommand> commands)
    {
        TimeSpan? wait = null;
        foreach (var index in sizing.Pending())
        {
            if (commands.Count == count) break;
            var last = tally.Held.GetValueOrDefault(index);
            if (last is not null && PodBackOff.Left(last, now) is var left && left > TimeSpan.Zero) wait = Plan.Sooner(wait, left);
            else commands.Add(factory.Create(index, last));
        }
        return wait;
    }

    /// <summary>A Job that has ended has no pods to wait for, and goes when its time is over.</summary>
    private static Plan AfterEnd(JobState job, Condition end, IObjectView view, DateTimeOffset now)
    {
        var self = job.Stored;
        var pods = JobCensus.Take(view.OwnedBy(self.Uid).Where(pod => pod.Key.GroupResource == Pods && pod.Header.Controller?.Uid == self.Uid));
        ObjectCommand[] late = [.. pods.All.Where(pod => pod.Tracked).Select(Release), .. pods.Active.Where(pod => !pod.Tracked).Select(Delete)];
        if (late.Length > 0) return new() { Commands = [.. late.Take(JobSizing.MostPerPlan)] };
        if (job.Deleting || job.Ttl is not { } ttl) return Plan.Nothing;
        var left = (end.LastTransition ?? now) + ttl - now;
        return left > TimeSpan.Zero
            ? new() { RequeueAfter = left }
            : new() { Commands = [new DeleteObject(self.Key, null, Propagation.Foreground, By) { Preconditions = new(self.Uid) }] };
    }

    private static PatchObject Release(JobPod pod) => Patch(pod, new FinalizerPatch(JobNames.Finalizer));

    private static PatchObject Patch(JobPod pod, IObjectPatch patch) => new(pod.Key, patch, "", By) { Preconditions = new(pod.Uid) };

    private static DeleteObject Delete(JobPod pod) => new(pod.Key, null, Propagation.Background, By) { Preconditions = new(pod.Uid) };
}
