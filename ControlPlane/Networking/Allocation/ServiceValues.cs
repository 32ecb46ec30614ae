using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Networking.Allocation;

/// <summary>
/// What an update of a Service means for values that users leave out: those it has stay, those its new type has no use for go. Kubernetes'
/// rules. Pure but for the tree it changes.
/// </summary>
internal static class ServiceValues
{
    /// <summary>Carries over what the Service has and drops what it cannot have any more. True if the tree was changed.</summary>
    public static bool CarryOver(JsonObject updated, JsonObject current)
    {
        if (updated["spec"] is not JsonObject to || current["spec"] is not JsonObject from) return false;
        var (now, before) = (ServiceSpec.Read(updated), ServiceSpec.Read(current));
        var changed = false;
        if (now.NeedsAddress && before.NeedsAddress && before.ClusterIp.Length > 0)
        {
            changed |= Fill(to, from, "clusterIP");
            if (to.Text("clusterIP") == before.ClusterIp && !to.HasElements("clusterIPs")) changed |= Fill(to, from, "clusterIPs");
        }
        if (!now.NeedsAddress && before.NeedsAddress && now.ClusterIp == before.ClusterIp)
        {
            changed |= to.Remove("clusterIP");
            changed |= to.Remove("clusterIPs");
        }
        if (now.NeedsNodePorts && before.NeedsNodePorts) changed |= CarryOverPorts(to, before);
        if (!now.NeedsNodePorts && before.NeedsNodePorts && SameNodePorts(now, before)) changed |= DropNodePorts(to);
        return changed;
    }

    /// <summary>Sets the cluster IP, alone or as the first of those given.</summary>
    public static void SetAddress(JsonObject service, string address)
    {
        var spec = service["spec"]!.AsObject();
        spec["clusterIP"] = address;
        spec["clusterIPs"] = new JsonArray(address);
    }

    private static bool Fill(JsonObject to, JsonObject from, string member)
    {
        if (to.Text(member).Length > 0 || to.HasElements(member) || from[member] is null) return false;
        to[member] = from[member]!.DeepClone();
        return true;
    }

    /// <summary>By the port's name, as Kubernetes: of a nameless port there is one.</summary>
    private static bool CarryOverPorts(JsonObject to, ServiceSpec before)
    {
        var had = before.Ports.GroupBy(port => port.Name).ToDictionary(group => group.Key, group => group.First().NodePort);
        var changed = false;
        foreach (var port in to.Objects("ports"))
        {
            if (port.Number("nodePort") is > 0 || !had.TryGetValue(port.Text("name"), out var nodePort) || nodePort == 0) continue;
            port["nodePort"] = nodePort;
            changed = true;
        }
        return changed;
    }

    private static bool SameNodePorts(ServiceSpec now, ServiceSpec before) =>
        now.Ports.All(port => port.NodePort == 0 || before.Ports.Any(old => old.NodePort == port.NodePort));

    private static bool DropNodePorts(JsonObject to)
    {
        var changed = false;
        foreach (var port in to.Objects("ports")) changed |= port.Remove("nodePort");
        return changed;
    }
}
