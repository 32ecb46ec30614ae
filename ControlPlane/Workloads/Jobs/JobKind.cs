using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Workloads.PodTemplates.TemplateColumns;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.Jobs;

/// <summary>Jobs.</summary>
internal static class JobKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1Job>() with
    {
        HasStatus = true,
        Categories = KindOf.All,
        Rules =
        [
            FieldRule.Immutable("spec.selector"), FieldRule.Immutable("spec.completionMode"), FieldRule.Immutable("spec.podFailurePolicy"),
            FieldRule.Immutable("spec.successPolicy"), FieldRule.Immutable("spec.backoffLimitPerIndex"), FieldRule.Immutable("spec.managedBy"),
        ],
        Strategy = new JobStrategy(),
        Behaviour = EntityBehaviour.Of(JobActor.Props) with { WakeRules = [AdoptionWakeRule.OfPods(new("batch", "jobs"), static job => JobState.Of(job).Selector)] },
        SelectableFields = [SelectableField.Named("status.successful", "0", "status.succeeded")],
        Columns =
        [
            Name,
            Text("Status", Status),
            Text("Completions", Completions),
            new("Duration", "string", Duration),
            Age, Containers, Images, Selecting,
        ],
    };

    private static string Status(JsonObject job)
    {
        if (Conditions.Holds(job.At("status"), "Complete")) return "Complete";
        if (Conditions.Holds(job.At("status"), "Failed")) return "Failed";
        if (job.Has("metadata", "deletionTimestamp")) return "Terminating";
        foreach (var type in new[] { "Suspended", "FailureTarget", "SuccessCriteriaMet" })
        {
            if (Conditions.Holds(job.At("status"), type)) return type;
        }
        return "Running";
    }

    private static string Completions(JsonObject job)
    {
        var succeeded = job.Number("status", "succeeded") ?? 0;
        if (job.Number("spec", "completions") is { } completions) return $"{succeeded}/{completions}";
        var parallelism = job.Number("spec", "parallelism") ?? 0;
        return parallelism > 1 ? $"{succeeded}/1 of {parallelism}" : $"{succeeded}/1";
    }

    private static string Duration(PrinterRow row)
    {
        if (row.Object.Time("status", "startTime") is not { } started) return "";
        return HumanDuration.Format((row.Object.Time("status", "completionTime") ?? row.Now) - started);
    }
}
