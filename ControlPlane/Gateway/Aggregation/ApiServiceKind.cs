using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Gateway.Aggregation;

/// <summary>APIServices: groups and versions that other servers answer for.</summary>
internal static class ApiServiceKind
{
    public static KindDefinition Definition { get; } = KindOf.Cluster<V1APIService>() with
    {
        HasStatus = true,
        Categories = KindOf.ApiExtensions,
        Rules = [FieldRule.Required("spec.version"), FieldRule.Required("spec.groupPriorityMinimum"), FieldRule.Required("spec.versionPriority")],
        Columns =
        [
            Name,
            Text("Service", service => service.At("spec", "service") is { } reference ? $"{reference.Str("namespace")}/{reference.Str("name")}" : "Local"),
            Text("Available", Available),
            Age,
        ],
    };

    private static string Available(JsonObject service) => service.Condition("Available") switch
    {
        null => "Unknown",
        { } condition when condition.Str("status") == "True" => "True",
        { } condition => $"{condition.Str("status")} ({condition.Str("reason")})",
    };
}
