using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Json;

namespace ControlPlane.Workloads.CronJobs;

/// <summary>The status that follows from a CronJob's Jobs, and what users are told of it.</summary>
internal sealed record CronJobStatus(CronJobState CronJob, ImmutableArray<OwnedJob> Active, DateTimeOffset? LastSchedule, DateTimeOffset? LastSuccess)
{
    public static CronJobStatus Next(CronJobState cronJob, OwnedJob[] jobs)
    {
        var (scheduled, succeeded) = (cronJob.LastSchedule, cronJob.LastSuccess);
        foreach (var job in jobs)
        {
            if (job.Scheduled is { } at && (scheduled is null || at > scheduled)) scheduled = at;
            if (job.Completed is { } done && (succeeded is null || done > succeeded)) succeeded = done;
        }
        return new(cronJob, [.. jobs.Where(job => job.Runs)], scheduled, succeeded)
        {
            Intent = jobs.Any(job => job.Name == cronJob.Intent) ? "" : cronJob.Intent,
            Ended = [.. jobs.Where(job => job.Ended.Length > 0 && cronJob.Active.ContainsKey(job.Stored.Uid))],
            Gone = [.. cronJob.Active.Where(active => jobs.All(job => job.Stored.Uid != active.Key)).Select(active => active.Value).Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>The name of a Job that is to be made next; empty where there is none.</summary>
    public string Intent { get; init; } = "";

    /// <summary>Jobs that were called active and have ended.</summary>
    public ImmutableArray<OwnedJob> Ended { get; init; } = [];

    /// <summary>The names of Jobs that were called active and are not there.</summary>
    public ImmutableArray<string> Gone { get; init; } = [];

    /// <summary>The command that stores the status, or null if it says nothing new. It holds only of the version it was made from.</summary>
    public PatchObject? ToCommand(Requester by)
    {
        var (self, wanted) = (CronJob.Stored, ToJson());
        var present = CronJob.Status.ValueKind == JsonValueKind.Object ? JsonObject.Create(CronJob.Status) : [];
        return JsonNode.DeepEquals(present, wanted) ? null : new(self.Key, new StatusWithNews(wanted, News()), "status", by) { Preconditions = new(self.Uid, self.Revision) };
    }

    private ImmutableArray<StatusNews> News()
    {
        var ended = Ended.Select(job => new StatusNews("Normal", "SawCompletedJob", $"Saw completed job: {job.Name}, condition: {job.Ended}"));
        // A Job that was replaced is told of when it is deleted.
        return CronJob.Policy == ConcurrencyPolicy.Replace ? [.. ended] : [.. ended, .. Gone.Select(name => new StatusNews("Normal", "MissingJob", $"Active job went missing: {name}"))];
    }

    private JsonObject ToJson()
    {
        var status = new JsonObject();
        var active = Active.Select(job => Reference(job.Name, job.Stored.Uid));
        if (Intent.Length > 0) active = active.Append(Reference(Intent, ""));
        if (active.ToArray() is { Length: > 0 } references) status["active"] = new JsonArray(references);
        if (LastSchedule is { } scheduled) status["lastScheduleTime"] = Rfc3339.Write(scheduled);
        if (LastSuccess is { } succeeded) status["lastSuccessfulTime"] = Rfc3339.Write(succeeded);
        return status;
    }

    private JsonNode Reference(string name, string uid)
    {
        var reference = new JsonObject { ["kind"] = "Job", ["namespace"] = CronJob.Stored.Key.Namespace, ["name"] = name };
        if (uid.Length > 0) reference["uid"] = uid;
        reference["apiVersion"] = "batch/v1";
        return reference;
    }
}
