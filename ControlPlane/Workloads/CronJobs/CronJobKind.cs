using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Workloads.PodTemplates.TemplateColumns;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.CronJobs;

/// <summary>CronJobs.</summary>
internal static class CronJobKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1CronJob>("cj") with
    {
        HasStatus = true,
        Categories = KindOf.All,
        Rules = [FieldRule.Enumerated("spec.concurrencyPolicy", "Allow", "Forbid", "Replace")],
        Strategy = new CronJobStrategy(),
        Behaviour = EntityBehaviour.Of(CronJobActor.Props),
        Columns =
        [
            Name,
            Field("Schedule", "", "spec", "schedule"),
            Field("Timezone", None, "spec", "timeZone"),
            Text("Suspend", job => job.Flag("spec", "suspend") switch { true => "True", false => "False", null => Unset }),
            Number("Active", job => job.Items("status", "active").Count),
            Elapsed("Last Schedule", None, "status", "lastScheduleTime"),
            Age, Containers, Images,
            Wide(Text("Selector", job => Selector(job.At("spec", "jobTemplate", "spec", "selector")))),
        ],
    };
}
