using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using static ControlPlane.Catalogue.Columns.Column;

namespace ControlPlane.Catalogue.Columns;

/// <summary>ConfigMaps, Secrets, service accounts, and what limits and orders pods.</summary>
internal static class ConfigurationColumns
{
    public static ImmutableArray<PrinterColumn> ConfigMaps { get; } = [Name, Number("Data", map => map.Members("data") + map.Members("binaryData")), Age];

    public static ImmutableArray<PrinterColumn> Secrets { get; } = [Name, Field("Type", "Opaque", "type"), Number("Data", secret => secret.Members("data")), Age];

    public static ImmutableArray<PrinterColumn> ServiceAccounts { get; } = [Name, Number("Secrets", account => account.List("secrets").Count), Age];

    public static ImmutableArray<PrinterColumn> LimitRanges { get; } = [Name, CreatedAt];

    public static ImmutableArray<PrinterColumn> ResourceQuotas { get; } =
    [
        Name,
        Text("Request", quota => Usage(quota, limits: false)),
        Text("Limit", quota => Usage(quota, limits: true)),
        Age,
    ];

    public static ImmutableArray<PrinterColumn> PodDisruptionBudgets { get; } =
    [
        Name,
        Field("Min Available", "N/A", "spec", "minAvailable"),
        Field("Max Unavailable", "N/A", "spec", "maxUnavailable"),
        Count("Allowed Disruptions", "status", "disruptionsAllowed"),
        Age,
    ];

    public static ImmutableArray<PrinterColumn> PriorityClasses { get; } =
    [
        Name,
        Count("Value", "value"),
        new("Global-Default", "boolean", row => row.Object.Flag("globalDefault") ?? false),
        Age,
        Field("PreemptionPolicy", "PreemptLowerPriority", "preemptionPolicy"),
    ];

    public static ImmutableArray<PrinterColumn> RuntimeClasses { get; } = [Name, Field("Handler", "", "handler"), Age];

    private static string Usage(JsonObject quota, bool limits)
    {
        var hard = quota.At("status", "hard") as JsonObject ?? quota.At("spec", "hard") as JsonObject;
        if (hard is null) return "";
        return string.Join(", ", hard
            .Where(entry => entry.Key.StartsWith("limits.", StringComparison.Ordinal) == limits)
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => $"{entry.Key}: {Or(quota.Any("status", "used", entry.Key), "0")}/{entry.Value.Any()}"));
    }
}
