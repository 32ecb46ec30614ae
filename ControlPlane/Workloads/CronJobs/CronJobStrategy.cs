using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
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
        var schedule = spec.Text("schedule");
        if (schedule.Length == 0) errors.Required(Spec.Child("schedule"));
        else if (ScheduleFault(schedule) is { } fault) errors.Invalid(Spec.Child("schedule"), schedule, fault);
        foreach (var member in (ReadOnlySpan<string>)["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"])
        {
            FieldRules.NotNegative(spec, member, Spec, errors);
        }
        if (spec.Child("jobTemplate", "spec") is { } job) JobSpec.Validate(job, Spec.Child("jobTemplate").Child("spec"), errors);
        else errors.Required(Spec.Child("jobTemplate"));
    }

    private static string? ScheduleFault(string schedule)
    {
        if (schedule.Contains("TZ", StringComparison.Ordinal)) return "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        if (schedule.StartsWith('@'))
        {
            return schedule is "@yearly" or "@annually" or "@monthly" or "@weekly" or "@daily" or "@midnight" or "@hourly"
                || schedule.StartsWith("@every ", StringComparison.Ordinal) ? null : $"unrecognized descriptor: {schedule}";
        }
        var fields = schedule.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5) return $"expected exactly 5 fields, found {fields.Length}: [{string.Join(' ', fields)}]";
        var bad = fields.FirstOrDefault(field => field.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('*' or '/' or ',' or '-' or '?')));
        return bad is null ? null : $"failed to parse int from {bad}";
    }
}
