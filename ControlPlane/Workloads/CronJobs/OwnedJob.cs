using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.CronJobs;

/// <summary>A Job of a CronJob.</summary>
/// <param name="Scheduled">The time it was made for; null if it was made by hand.</param>
/// <param name="Ended">How it ended, <c>Complete</c> or <c>Failed</c>; empty while it has not.</param>
/// <param name="Started">When it started, or was created.</param>
/// <param name="Completed">When it succeeded.</param>
internal sealed record OwnedJob(StoredObject Stored, DateTimeOffset? Scheduled, string Ended, DateTimeOffset Started, DateTimeOffset? Completed)
{
    public string Name => Stored.Key.Name;
    public bool Deleting => Stored.Header.DeletionTimestamp is not null;

    /// <summary>Whether it waits for its CronJob to store that it was made.</summary>
    public bool Tracked => Stored.Header.Finalizers.Contains(CronJobNames.Finalizer);

    /// <summary>Whether it was made by the schedule and runs.</summary>
    public bool Runs => Scheduled is not null && Ended.Length == 0;

    /// <summary>The Jobs of a CronJob, in the order of the times they were made for.</summary>
    public static OwnedJob[] Of(StoredObject cronJob, IObjectView view) =>
    [
        .. view.OwnedBy(cronJob.Uid)
            .Where(found => found.Key.GroupResource == JobFactory.Jobs && found.Header.Controller?.Uid == cronJob.Uid)
            .Select(found => Read(found, cronJob.Key.Name))
            .OrderBy(job => job.Scheduled).ThenBy(job => job.Name, StringComparer.Ordinal),
    ];

    private static OwnedJob Read(StoredObject stored, string cronJob)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var status = root.At("status");
        var conditions = Conditions.Read(status);
        var ended = new[] { "Complete", "Failed" }.FirstOrDefault(type => conditions.Find(type)?.Status == "True") ?? "";
        var scheduled = root.Time("metadata", "annotations", CronJobNames.Scheduled);
        if (scheduled is { } at && stored.Key.Name != JobFactory.NameOf(cronJob, at)) scheduled = null;
        return new(stored, scheduled, ended, status.Time("startTime") ?? stored.Header.CreationTimestamp, ended == "Complete" ? status.Time("completionTime") : null);
    }
}
