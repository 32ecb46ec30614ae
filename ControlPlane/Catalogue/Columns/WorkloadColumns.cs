using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using static ControlPlane.Catalogue.Columns.Column;
using static ControlPlane.Catalogue.Columns.PodColumns;

namespace ControlPlane.Catalogue.Columns;

/// <summary>What runs pods.</summary>
internal static class WorkloadColumns
{
    public static ImmutableArray<PrinterColumn> Deployments { get; } =
    [
        Name,
        Text("Ready", deployment => $"{deployment.Int("status", "readyReplicas") ?? 0}/{deployment.Int("spec", "replicas") ?? 1}"),
        Count("Up-to-date", "status", "updatedReplicas"),
        Count("Available", "status", "availableReplicas"),
        Age, Containers, Images, Selecting,
    ];

    public static ImmutableArray<PrinterColumn> ReplicaSets { get; } =
    [
        Name,
        Count("Desired", "spec", "replicas"),
        Count("Current", "status", "replicas"),
        Count("Ready", "status", "readyReplicas"),
        Age, Containers, Images, Selecting,
    ];

    public static ImmutableArray<PrinterColumn> ReplicationControllers { get; } =
    [
        .. ReplicaSets[..^1],
        Wide(Text("Selector", controller => Labels(controller.At("spec", "selector")))),
    ];

    public static ImmutableArray<PrinterColumn> StatefulSets { get; } =
    [
        Name,
        Text("Ready", set => $"{set.Int("status", "readyReplicas") ?? 0}/{set.Int("spec", "replicas") ?? 1}"),
        Age, Containers, Images,
    ];

    public static ImmutableArray<PrinterColumn> DaemonSets { get; } =
    [
        Name,
        Count("Desired", "status", "desiredNumberScheduled"),
        Count("Current", "status", "currentNumberScheduled"),
        Count("Ready", "status", "numberReady"),
        Count("Up-to-date", "status", "updatedNumberScheduled"),
        Count("Available", "status", "numberAvailable"),
        Text("Node Selector", set => Labels(set.At("spec", "template", "spec", "nodeSelector"))),
        Age, Containers, Images, Selecting,
    ];

    public static ImmutableArray<PrinterColumn> Jobs { get; } =
    [
        Name,
        Text("Status", JobStatus),
        Text("Completions", Completions),
        new("Duration", "string", Duration),
        Age, Containers, Images, Selecting,
    ];

    public static ImmutableArray<PrinterColumn> CronJobs { get; } =
    [
        Name,
        Field("Schedule", "", "spec", "schedule"),
        Field("Timezone", None, "spec", "timeZone"),
        Text("Suspend", job => job.Flag("spec", "suspend") switch { true => "True", false => "False", null => Unset }),
        Number("Active", job => job.List("status", "active").Count),
        Elapsed("Last Schedule", None, "status", "lastScheduleTime"),
        Age, Containers, Images,
        Wide(Text("Selector", job => Selector(job.At("spec", "jobTemplate", "spec", "selector")))),
    ];

    public static ImmutableArray<PrinterColumn> ControllerRevisions { get; } =
    [
        Name,
        Text("Controller", Controller),
        Count("Revision", "revision"),
        Age,
    ];

    private static string JobStatus(JsonObject job)
    {
        if (job.Holds("Complete")) return "Complete";
        if (job.Holds("Failed")) return "Failed";
        if (job.IsDeleting()) return "Terminating";
        foreach (var type in new[] { "Suspended", "FailureTarget", "SuccessCriteriaMet" })
        {
            if (job.Holds(type)) return type;
        }
        return "Running";
    }

    private static string Completions(JsonObject job)
    {
        var succeeded = job.Int("status", "succeeded") ?? 0;
        if (job.Int("spec", "completions") is { } completions) return $"{succeeded}/{completions}";
        var parallelism = job.Int("spec", "parallelism") ?? 0;
        return parallelism > 1 ? $"{succeeded}/1 of {parallelism}" : $"{succeeded}/1";
    }

    private static string Duration(PrinterRow row)
    {
        if (row.Object.Time("status", "startTime") is not { } started) return "";
        return HumanDuration.Format((row.Object.Time("status", "completionTime") ?? row.Now) - started);
    }

    private static string Controller(JsonObject revision)
    {
        var owner = revision.List("metadata", "ownerReferences").FirstOrDefault(reference => reference.Flag("controller") == true);
        if (owner is null) return None;
        var group = owner.Str("apiVersion") is var version && version.Contains('/', StringComparison.Ordinal) ? $".{version.Split('/')[0]}" : "";
        return $"{owner.Str("kind").ToLowerInvariant()}{group}/{owner.Str("name")}";
    }
}
