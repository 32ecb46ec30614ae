using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using Shared.Json;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Telemetry.Events;

/// <summary>What <c>kubectl get events</c> shows, read from core v1 Events.</summary>
internal static class EventColumns
{
    public static ImmutableArray<PrinterColumn> All { get; } =
    [
        new("Last Seen", "string", LastSeen),
        Field("Type", "", "type"),
        Field("Reason", "", "reason"),
        Text("Object", Target),
        Wide(Field("Subobject", "", "involvedObject", "fieldPath")),
        Wide(Text("Source", Source)),
        Text("Message", @event => @event.Text("message").Trim()),
        Wide(new("First Seen", "string", FirstSeen)),
        Wide(Number("Count", @event => @event.Number("series", "count") ?? (@event.Number("count") is { } count and > 0 ? count : 1))),
        Wide(Name),
    ];

    private static string FirstSeen(PrinterRow row) => HumanDuration.Since(row.Object.Time("firstTimestamp") ?? row.Object.Time("eventTime"), row.Now);

    private static string LastSeen(PrinterRow row)
    {
        var last = row.Object.Time("series", "lastObservedTime") ?? row.Object.Time("lastTimestamp");
        return last is null ? FirstSeen(row) : HumanDuration.Since(last, row.Now);
    }

    private static string Target(JsonObject @event)
    {
        var kind = @event.Text("involvedObject", "kind").ToLowerInvariant();
        return @event.Text("involvedObject", "name") is { Length: > 0 } name ? $"{kind}/{name}" : kind;
    }

    private static string Source(JsonObject @event)
    {
        var component = Or(@event.Text("source", "component"), @event.Text("reportingComponent"));
        var host = Or(@event.Text("source", "host"), @event.Text("reportingInstance"));
        return host.Length == 0 ? component : $"{component}, {host}";
    }
}
