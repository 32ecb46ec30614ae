using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Workloads.CronJobs.Schedules;
using ControlPlane.Workloads.Jobs;
using Shared.Json;

namespace ControlPlane.Workloads.CronJobs;

/// <summary>How CronJobs are written.</summary>
public sealed class CronJobStrategy : KindStrategy
{
    /// <summary>A Job's name has the time in up to eleven characters behind the CronJob's, and is a label of its pods.</summary>
    private const int LongestName = 52;
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject();

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        spec.Default("concurrencyPolicy", "Allow");
        spec.Default("suspend", false);
        spec.Default("successfulJobsHistoryLimit", 3);
        spec.Default("failedJobsHistoryLimit", 1);
        if (spec.Child("jobTemplate", "spec") is { } job) JobSpec.ApplyDefaults(job);
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var name = @object.Metadata().Text("name");
        if (name.Length > LongestName) errors.Invalid("metadata.name", name, NameSyntax.TooLong(LongestName));
        var spec = @object.Child("spec") ?? [];
        var zone = Zone(spec, errors);
        var schedule = spec.Text("schedule");
        if (schedule.Length == 0) errors.Required(Spec.Child("schedule"));
        else if (ScheduleReader.Read(schedule, zone ?? TimeZoneInfo.Utc).Fault is { } fault) errors.Invalid(Spec.Child("schedule"), schedule, fault);
        foreach (var member in (ReadOnlySpan<string>)["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"])
        {
            FieldRules.NotNegative(spec, member, Spec, errors);
        }
        Template(spec.Child("jobTemplate"), Spec.Child("jobTemplate"), errors);
    }

    private static TimeZoneInfo? Zone(JsonObject spec, FieldErrors errors)
    {
        var (path, name) = (Spec.Child("timeZone"), spec.Text("timeZone"));
        if (!spec.Has("timeZone")) return TimeZoneInfo.Utc;
        if (name.Length == 0) errors.Invalid(path, name, "must be nil or non-empty string");
        else if (name.Equals("Local", StringComparison.OrdinalIgnoreCase)) errors.Invalid(path, name, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
        else if (TimeZones.Find(name) is { } zone) return zone;
        else errors.Invalid(path, name, $"unknown time zone {name}: the control plane's machine must have it in its time zone database (package tzdata)");
        return null;
    }

    private static void Template(JsonObject? template, FieldPath path, FieldErrors errors)
    {
        if (template.Child("spec") is not { } job)
        {
            errors.Required(path);
            return;
        }
        ObjectMetaValidation.ValidateTemplate(template.Child("metadata"), path.Child("metadata"), errors);
        JobSpec.Validate(job, path.Child("spec"), errors);
        // Each Job has its own.
        if (job.Has("selector")) errors.Invalid(path.Child("spec").Child("selector"), job["selector"], "`selector` will be auto-generated");
        if (job.Flag("manualSelector") == true) errors.NotSupported(path.Child("spec").Child("manualSelector"), true, "nil", "false");
    }
}
