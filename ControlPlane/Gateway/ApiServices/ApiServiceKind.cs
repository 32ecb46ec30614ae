using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Gateway.ApiServices;

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
            Text("Service", service => service.At("spec", "service") is { } reference ? $"{reference.Text("namespace")}/{reference.Text("name")}" : "Local"),
            Text("Available", Available),
            Age,
        ],
    };

    private static string Available(JsonObject service) => Conditions.Find(service["status"], "Available") switch
    {
        null => "Unknown",
        { Status: "True" } => "True",
        { } condition => $"{condition.Status} ({condition.Reason})",
    };
}
