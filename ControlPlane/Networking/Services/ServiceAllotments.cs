using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Networking.Services;

/// <summary>
/// What a Service was allotted and an update does not repeat: a client that writes a Service anew from its manifest must not lose its address.
/// </summary>
internal static class ServiceAllotments
{
    public static void Keep(JsonObject updated, JsonObject current)
    {
        var type = updated.Text("type");
        if (type == "ExternalName")
        {
            if (current.Text("type") != "ExternalName") Drop(updated, current);
            return;
        }
        if (current.Text("type") == "ExternalName") return;
        foreach (var member in (ReadOnlySpan<string>)["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"])
        {
            if ((!updated.Has(member) || updated.Text(member).Length == 0 && updated[member] is JsonValue) && current[member] is { } kept) updated[member] = kept.DeepClone();
        }
        if (type is "NodePort" or "LoadBalancer") KeepNodePorts(updated, current);
        else if (current.Text("type") is "NodePort" or "LoadBalancer") DropNodePorts(updated, current);
    }

    private static void Drop(JsonObject updated, JsonObject current)
    {
        foreach (var member in (ReadOnlySpan<string>)["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy", "externalTrafficPolicy"])
        {
            if (JsonNode.DeepEquals(updated[member], current[member])) updated.Remove(member);
        }
        DropNodePorts(updated, current);
    }

    private static void KeepNodePorts(JsonObject updated, JsonObject current)
    {
        var taken = updated.Objects("ports").Select(port => port.Number("nodePort") ?? 0).ToHashSet();
        foreach (var port in updated.Objects("ports"))
        {
            if (port.Number("nodePort") is not (null or 0)) continue;
            var before = current.Objects("ports").FirstOrDefault(other => Same(other, port));
            if (before.Number("nodePort") is { } number and not 0 && taken.Add(number)) port["nodePort"] = number;
        }
    }

    /// <summary>A client that only changes the type brings the ports along: they mean nothing any more.</summary>
    private static void DropNodePorts(JsonObject updated, JsonObject current)
    {
        var before = current.Objects("ports").Select(port => port.Number("nodePort") ?? 0).ToHashSet();
        foreach (var port in updated.Objects("ports"))
        {
            if (port.Number("nodePort") is { } number && before.Contains(number)) port.Remove("nodePort");
        }
        if (updated.Text("type") is not ("NodePort" or "LoadBalancer") && JsonNode.DeepEquals(updated["externalTrafficPolicy"], current["externalTrafficPolicy"])) updated.Remove("externalTrafficPolicy");
        if (JsonNode.DeepEquals(updated["allocateLoadBalancerNodePorts"], current["allocateLoadBalancerNodePorts"])) updated.Remove("allocateLoadBalancerNodePorts");
    }

    private static bool Same(JsonObject left, JsonObject right) => left.Number("port") == right.Number("port") && Protocol(left) == Protocol(right);

    private static string Protocol(JsonObject port) => port.Text("protocol") is { Length: > 0 } named ? named : "TCP";
}
