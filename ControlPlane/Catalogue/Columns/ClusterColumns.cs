using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using static ControlPlane.Catalogue.Columns.Column;

namespace ControlPlane.Catalogue.Columns;

/// <summary>Nodes, namespaces, events and leases.</summary>
internal static class ClusterColumns
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static ImmutableArray<PrinterColumn> Nodes { get; } =
    [
        Name,
        Text("Status", NodeStatus),
        Text("Roles", Roles),
        Age,
        Field("Version", "", "status", "nodeInfo", "kubeletVersion"),
        Wide(Text("Internal-IP", node => Address(node, "InternalIP"))),
        Wide(Text("External-IP", node => Address(node, "ExternalIP"))),
        Wide(Field("OS-Image", "<unknown>", "status", "nodeInfo", "osImage")),
        Wide(Field("Kernel-Version", "<unknown>", "status", "nodeInfo", "kernelVersion")),
        Wide(Field("Container-Runtime", "<unknown>", "status", "nodeInfo", "containerRuntimeVersion")),
    ];

    public static ImmutableArray<PrinterColumn> Namespaces { get; } = [Name, Field("Status", "", "status", "phase"), Age];

    public static ImmutableArray<PrinterColumn> Events { get; } =
    [
        new("Last Seen", "string", LastSeen),
        Field("Type", "", "type"),
        Field("Reason", "", "reason"),
        Text("Object", Target),
        Wide(Field("Subobject", "", "involvedObject", "fieldPath")),
        Wide(Text("Source", Source)),
        Text("Message", @event => @event.Str("message").Trim()),
        Wide(new("First Seen", "string", FirstSeen)),
        Wide(Number("Count", @event => @event.Int("series", "count") ?? (@event.Int("count") is { } count and > 0 ? count : 1))),
        Wide(Name),
    ];

    public static ImmutableArray<PrinterColumn> Leases { get; } = [Name, Field("Holder", "", "spec", "holderIdentity"), Age];

    public static ImmutableArray<PrinterColumn> ComponentStatuses { get; } =
    [
        Name,
        Text("Status", component => Healthy(component).Str("status") switch { "True" => "Healthy", "False" => "Unhealthy", _ => "Unknown" }),
        Text("Message", component => Healthy(component).Str("message")),
        Text("Error", component => Healthy(component).Str("error")),
    ];

    private static JsonNode? Healthy(JsonObject component) => component.List("conditions").FirstOrDefault(condition => condition.Str("type") == "Healthy");

    private static string NodeStatus(JsonObject node)
    {
        var ready = node.Condition("Ready") is { } condition ? condition.Str("status") == "True" ? "Ready" : "NotReady" : "Unknown";
        return node.Flag("spec", "unschedulable") == true ? $"{ready},SchedulingDisabled" : ready;
    }

    private static string Roles(JsonObject node)
    {
        if (node.At("metadata", "labels") is not JsonObject labels) return None;
        var roles = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (label, value) in labels)
        {
            if (label.StartsWith(RolePrefix, StringComparison.Ordinal) && label.Length > RolePrefix.Length) roles.Add(label[RolePrefix.Length..]);
            else if (label == "kubernetes.io/role" && value.Any() is { Length: > 0 } role) roles.Add(role);
        }
        return Or(string.Join(',', roles), None);
    }

    private static string Address(JsonObject node, string type) =>
        Or(node.List("status", "addresses").FirstOrDefault(address => address.Str("type") == type).Str("address"), None);

    private static string FirstSeen(PrinterRow row) => HumanDuration.Since(row.Object.Time("firstTimestamp") ?? row.Object.Time("eventTime"), row.Now);

    private static string LastSeen(PrinterRow row)
    {
        var last = row.Object.Time("series", "lastObservedTime") ?? row.Object.Time("lastTimestamp");
        return last is null ? FirstSeen(row) : HumanDuration.Since(last, row.Now);
    }

    private static string Target(JsonObject @event)
    {
        var kind = @event.Str("involvedObject", "kind").ToLowerInvariant();
        return @event.Str("involvedObject", "name") is { Length: > 0 } name ? $"{kind}/{name}" : kind;
    }

    private static string Source(JsonObject @event)
    {
        var component = Or(@event.Str("source", "component"), @event.Str("reportingComponent"));
        var host = Or(@event.Str("source", "host"), @event.Str("reportingInstance"));
        return host.Length == 0 ? component : $"{component}, {host}";
    }
}
