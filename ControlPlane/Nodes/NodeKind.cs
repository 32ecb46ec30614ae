using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Nodes.Leases;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Nodes;

/// <summary>Nodes.</summary>
internal static class NodeKind
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static KindDefinition Definition { get; } = KindOf.Cluster<V1Node>("no") with
    {
        HasStatus = true,
        Strategy = new NodeStrategy(),
        SelectableFields = [SelectableField.At("spec.unschedulable", "false")],
        Behaviour = EntityBehaviour.With(provider =>
        {
            var (options, leases) = (provider.GetRequiredService<NodeOptions>(), provider.GetRequiredService<NodeLeases>());
            return (key, services) => NodeObjectActor.Props(key, services, options, leases);
        }) with
        {
            WakeRules = [new NodeWakeRule()],
        },
        Columns =
        [
            Name,
            Text("Status", Status),
            Text("Roles", Roles),
            Age,
            Field("Version", "", "status", "nodeInfo", "kubeletVersion"),
            Wide(Text("Internal-IP", node => Address(node, "InternalIP"))),
            Wide(Text("External-IP", node => Address(node, "ExternalIP"))),
            Wide(Field("OS-Image", "<unknown>", "status", "nodeInfo", "osImage")),
            Wide(Field("Kernel-Version", "<unknown>", "status", "nodeInfo", "kernelVersion")),
            Wide(Field("Container-Runtime", "<unknown>", "status", "nodeInfo", "containerRuntimeVersion")),
        ],
    };

    private static string Status(JsonObject node)
    {
        var ready = Conditions.Find(node["status"], "Ready") is { } condition ? condition.Status == "True" ? "Ready" : "NotReady" : "Unknown";
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
        Or(node.Items("status", "addresses").FirstOrDefault(address => address.Text("type") == type).Text("address"), None);
}
