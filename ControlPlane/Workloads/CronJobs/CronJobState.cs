using System.Collections.Frozen;
using System.Text.Json;
using ControlPlane.Objects;
using ControlPlane.Workloads.CronJobs.Schedules;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.CronJobs;

/// <summary>What to do when a CronJob is due and an earlier Job of it still runs.</summary>
internal enum ConcurrencyPolicy { Allow, Forbid, Replace }

/// <summary>What the controller reads of a CronJob, parsed once per version.</summary>
internal sealed class CronJobState
{
    public required StoredObject Stored { get; init; }

    /// <summary>Null where the machine does not know the zone, or the schedule can't be read.</summary>
    public required Schedule? Schedule { get; init; }
    public required TimeZoneInfo? Zone { get; init; }
    public required string ZoneName { get; init; }
    public required bool Suspended { get; init; }
    public required ConcurrencyPolicy Policy { get; init; }
    public required TimeSpan? StartingDeadline { get; init; }
    public required int SuccessfulKept { get; init; }
    public required int FailedKept { get; init; }
    public required JsonElement Template { get; init; }
    public required JsonElement Status { get; init; }

    /// <summary>The newest time a Job was made for.</summary>
    public required DateTimeOffset? LastSchedule { get; init; }
    public required DateTimeOffset? LastSuccess { get; init; }

    /// <summary>The Jobs the status calls active: name by uid.</summary>
    public required FrozenDictionary<string, string> Active { get; init; }

    /// <summary>The name of a Job that is called active before it is made; empty where there is none.</summary>
    public required string Intent { get; init; }

    public bool Deleting => Stored.Header.DeletionTimestamp is not null;

    public static CronJobState Of(StoredObject stored) => stored.Project(Read);

    /// <summary>The time from which on it may be due: what was missed before that is over.</summary>
    public DateTimeOffset Earliest(DateTimeOffset now)
    {
        var since = LastSchedule ?? Stored.Header.CreationTimestamp;
        return StartingDeadline is { } deadline && now - deadline > since ? now - deadline : since;
    }

    private static CronJobState Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var (spec, status) = (root.At("spec"), root.At("status"));
        var zone = TimeZones.Find(spec.Text("timeZone"));
        var active = new Dictionary<string, string>(StringComparer.Ordinal);
        var intent = "";
        foreach (var reference in status.Objects("active"))
        {
            if (reference.Text("uid") is { Length: > 0 } uid) active[uid] = reference.Text("name");
            else intent = reference.Text("name");
        }
        return new()
        {
            Stored = stored,
            Schedule = zone is null ? null : ScheduleReader.Read(spec.Text("schedule"), zone).Schedule,
            Zone = zone,
            ZoneName = spec.Text("timeZone"),
            Suspended = spec.Flag("suspend") == true,
            Policy = Enum.TryParse<ConcurrencyPolicy>(spec.Text("concurrencyPolicy"), out var policy) ? policy : ConcurrencyPolicy.Allow,
            StartingDeadline = spec.Number("startingDeadlineSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            SuccessfulKept = spec.Int("successfulJobsHistoryLimit", absent: 3),
            FailedKept = spec.Int("failedJobsHistoryLimit", absent: 1),
            Template = spec.At("jobTemplate"),
            Status = status,
            LastSchedule = status.Time("lastScheduleTime"),
            LastSuccess = status.Time("lastSuccessfulTime"),
            Active = active.ToFrozenDictionary(StringComparer.Ordinal),
            Intent = intent,
        };
    }
}
