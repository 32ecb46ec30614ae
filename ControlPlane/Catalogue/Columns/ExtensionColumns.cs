using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using static ControlPlane.Catalogue.Columns.Column;

namespace ControlPlane.Catalogue.Columns;

/// <summary>What extends and steers the API.</summary>
internal static class ExtensionColumns
{
    public static ImmutableArray<PrinterColumn> CustomResourceDefinitions { get; } = [Name, CreatedAt];

    public static ImmutableArray<PrinterColumn> ApiServices { get; } =
    [
        Name,
        Text("Service", service => service.At("spec", "service") is { } reference ? $"{reference.Str("namespace")}/{reference.Str("name")}" : "Local"),
        Text("Available", Available),
        Age,
    ];

    public static ImmutableArray<PrinterColumn> WebhookConfigurations { get; } = [Name, Number("Webhooks", configuration => configuration.List("webhooks").Count), Age];

    public static ImmutableArray<PrinterColumn> ValidatingPolicies { get; } =
        [Name, Number("Validations", policy => policy.List("spec", "validations").Count), Text("ParamKind", ParamKind), Age];

    public static ImmutableArray<PrinterColumn> MutatingPolicies { get; } =
        [Name, Number("Mutations", policy => policy.List("spec", "mutations").Count), Text("ParamKind", ParamKind), Age];

    public static ImmutableArray<PrinterColumn> PolicyBindings { get; } =
        [Name, Field("PolicyName", "", "spec", "policyName"), Text("ParamRef", ParamRef), Age];

    public static ImmutableArray<PrinterColumn> FlowSchemas { get; } =
    [
        Name,
        Field("PriorityLevel", None, "spec", "priorityLevelConfiguration", "name"),
        Count("MatchingPrecedence", "spec", "matchingPrecedence"),
        Field("DistinguisherMethod", None, "spec", "distinguisherMethod", "type"),
        Age,
        Text("MissingPL", schema => Or(schema.Condition("Dangling").Str("status"), "?")),
    ];

    public static ImmutableArray<PrinterColumn> PriorityLevels { get; } =
    [
        Name,
        Field("Type", "", "spec", "type"),
        Field("NominalConcurrencyShares", None, "spec", "limited", "nominalConcurrencyShares"),
        Field("Queues", None, "spec", "limited", "limitResponse", "queuing", "queues"),
        Field("HandSize", None, "spec", "limited", "limitResponse", "queuing", "handSize"),
        Field("QueueLengthLimit", None, "spec", "limited", "limitResponse", "queuing", "queueLengthLimit"),
        Age,
    ];

    private static string Available(JsonObject service) => service.Condition("Available") switch
    {
        null => "Unknown",
        { } condition when condition.Str("status") == "True" => "True",
        { } condition => $"{condition.Str("status")} ({condition.Str("reason")})",
    };

    private static string ParamKind(JsonObject policy) =>
        policy.At("spec", "paramKind") is { } kind ? $"{kind.Str("apiVersion")}/{kind.Str("kind")}" : Unset;

    private static string ParamRef(JsonObject binding)
    {
        if (binding.At("spec", "paramRef") is not { } reference) return Unset;
        return reference.Str("namespace") is { Length: > 0 } space ? $"{space}/{Or(reference.Str("name"), "*")}" : Or(reference.Str("name"), "*");
    }
}
