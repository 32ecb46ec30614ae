using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.CronJobs;

/// <summary>Makes the Job of a time. Its name follows from the time alone, so that one time never has two.</summary>
internal static class JobFactory
{
    public static readonly GroupResource Jobs = new("batch", "jobs");

    /// <summary>The CronJob's name and the minutes since 1970.</summary>
    public static string NameOf(string cronJob, DateTimeOffset scheduled) => string.Create(CultureInfo.InvariantCulture, $"{cronJob}-{scheduled.ToUnixTimeSeconds() / 60}");

    public static ObjectKey KeyOf(StoredObject cronJob, DateTimeOffset scheduled) => new(Jobs.Group, Jobs.Resource, cronJob.Key.Namespace, NameOf(cronJob.Key.Name, scheduled));

    public static CreateObject Create(CronJobState cronJob, DateTimeOffset scheduled, Requester by)
    {
        var key = KeyOf(cronJob.Stored, scheduled);
        var (given, owner) = (cronJob.Template.At("metadata"), new OwnerRef("batch/v1", "CronJob", cronJob.Stored.Key.Name, cronJob.Stored.Uid, Controller: true, BlockOwnerDeletion: true));
        var metadata = new JsonObject { ["name"] = key.Name, ["namespace"] = key.Namespace };
        if (given.Child("labels") is { } labels) metadata["labels"] = JsonObject.Create(labels)!.DeepClone();
        var annotations = given.Child("annotations") is { } some ? JsonObject.Create(some)!.DeepClone().AsObject() : [];
        annotations[CronJobNames.Scheduled] = Write(scheduled, cronJob.Zone ?? TimeZoneInfo.Utc);
        metadata["annotations"] = annotations;
        metadata["finalizers"] = new JsonArray([.. given.Texts("finalizers").Where(name => name != CronJobNames.Finalizer).Select(name => (JsonNode)name), CronJobNames.Finalizer]);
        metadata["ownerReferences"] = new JsonArray(OwnerReferenceJson.Write(owner));
        var spec = cronJob.Template.Child("spec") is { } wanted ? JsonObject.Create(wanted)!.DeepClone() : new JsonObject();
        return new(key, new JsonObject { ["apiVersion"] = "batch/v1", ["kind"] = "Job", ["metadata"] = metadata, ["spec"] = spec }, by);
    }

    private static string Write(DateTimeOffset time, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(time, zone);
        return local.Offset == TimeSpan.Zero ? Rfc3339.Write(time) : local.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    }
}
