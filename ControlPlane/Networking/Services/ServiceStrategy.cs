using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Networking.Services;

/// <summary>How Services are written. Addresses and node ports are allotted elsewhere; here they are kept once they are.</summary>
public sealed class ServiceStrategy : KindStrategy
{
    private const long ClientIpSeconds = 10800;

    /// <inheritdoc/>
    public override NameRule NameRule => NameRule.DnsLabel1035;

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };

    /// <inheritdoc/>
    public override void PrepareForUpdate(JsonObject updated, JsonObject current)
    {
        if (updated.Child("spec") is { } now && current.Child("spec") is { } before) ServiceAllotments.Keep(now, before);
    }

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        if (spec.Text("sessionAffinity") == "ClientIP") spec.DefaultChild("sessionAffinityConfig").DefaultChild("clientIP").Default("timeoutSeconds", ClientIpSeconds);
        foreach (var port in spec.Objects("ports"))
        {
            port.Default("protocol", "TCP");
            if (!port.Has("targetPort") || port["targetPort"].TextOf() is "" || port["targetPort"].Number() is 0) port["targetPort"] = port["port"]?.DeepClone();
        }
        var type = spec.Text("type");
        if (type == "ExternalName") return;
        spec.Default("internalTrafficPolicy", "Cluster");
        if (type is "NodePort" or "LoadBalancer") spec.Default("externalTrafficPolicy", "Cluster");
        if (type == "LoadBalancer") spec.Default("allocateLoadBalancerNodePorts", true);
        if (!spec.HasElements("ipFamilies")) spec["ipFamilies"] = new JsonArray("IPv4");
        spec.Default("ipFamilyPolicy", "SingleStack");
        if (spec.Text("clusterIP") is { Length: > 0 } address && !spec.HasElements("clusterIPs")) spec["clusterIPs"] = new JsonArray(address);
        else if (spec.Text("clusterIP").Length == 0 && spec.Texts("clusterIPs").FirstOrDefault() is { Length: > 0 } first) spec["clusterIP"] = first;
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors) => ServiceRules.Validate(@object.Child("spec") ?? [], errors);

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        var (now, before) = (updated.Child("spec"), current.Child("spec"));
        if (now.Text("type") == "ExternalName" || before.Text("type") == "ExternalName" || before.Text("clusterIP").Length == 0) return;
        if (now.Text("clusterIP") == before.Text("clusterIP")) return;
        errors.Invalid("spec.clusterIPs[0]", new JsonArray(now.Text("clusterIP")), "may not change once set");
    }
}
