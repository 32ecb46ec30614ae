using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Networking.Services;

/// <summary>What a Service's spec must look like.</summary>
internal static class ServiceRules
{
    private const string None = "None";
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    public static void Validate(JsonObject spec, FieldErrors errors)
    {
        var (type, address) = (spec.Text("type"), spec.Text("clusterIP"));
        FieldRules.OneOf(spec, "type", Spec, errors, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        FieldRules.OneOf(spec, "sessionAffinity", Spec, errors, "ClientIP", None);
        FieldRules.OneOf(spec, "internalTrafficPolicy", Spec, errors, "Cluster", "Local");
        FieldRules.OneOf(spec, "externalTrafficPolicy", Spec, errors, "Cluster", "Local");
        FieldRules.OneOf(spec, "ipFamilyPolicy", Spec, errors, "PreferDualStack", "RequireDualStack", "SingleStack");
        FieldRules.Labels(spec.Child("selector"), Spec.Child("selector"), errors);
        if (spec.Has("externalTrafficPolicy") && type is not ("NodePort" or "LoadBalancer"))
        {
            errors.Invalid(Spec.Child("externalTrafficPolicy"), spec["externalTrafficPolicy"], "may only be set for externally-accessible services");
        }
        if (type == "ExternalName")
        {
            if (address.Length > 0 && address != None) errors.Forbidden(Spec.Child("clusterIPs"), "may not be set for ExternalName services");
            FieldRules.Named(spec, "externalName", Spec, errors, name => NameSyntax.DnsSubdomain(name.TrimEnd('.').ToLowerInvariant()));
        }
        else if (!spec.HasElements("ports") && address != None) errors.Required(Spec.Child("ports"));
        if (address == None && type is ("NodePort" or "LoadBalancer")) errors.Invalid(Spec.Child("clusterIPs").Item(0), None, $"may not be set to 'None' for {type} services");
        if (address.Length > 0 && address != None) FieldRules.Address(address, Spec.Child("clusterIPs").Item(0), errors);
        if (spec.Texts("clusterIPs").FirstOrDefault() is { } first && first != address) errors.Invalid(Spec.Child("clusterIPs"), spec["clusterIPs"], "first value must match `clusterIP`");
        for (var i = 0; i < spec.List("externalIPs")?.Count; i++) FieldRules.Address(spec.List("externalIPs")![i], Spec.Child("externalIPs").Item(i), errors);
        FieldRules.Between(spec.Child("sessionAffinityConfig").Child("clientIP"), "timeoutSeconds", 1, 86400, Spec.Child("sessionAffinityConfig").Child("clientIP"), errors);
        Ports(spec, type, errors);
    }

    private static void Ports(JsonObject spec, string type, FieldErrors errors)
    {
        if (spec.List("ports") is not { } ports) return;
        var (names, numbers, nodePorts) = (new HashSet<string>(), new HashSet<(string, long)>(), new HashSet<(string, long)>());
        for (var i = 0; i < ports.Count; i++)
        {
            if (ports[i] is not JsonObject port) continue;
            var at = Spec.Child("ports").Item(i);
            var name = port.Text("name");
            if (name.Length == 0 && ports.Count > 1) errors.Required(at.Child("name"));
            if (name.Length > 0 && NameSyntax.DnsLabel(name) is { } badName) errors.Invalid(at.Child("name"), name, badName);
            if (name.Length > 0 && !names.Add(name)) errors.Duplicate(at.Child("name"), name);
            var (number, protocol) = (port.Number("port") ?? 0, port.Text("protocol"));
            if (PortSyntax.Number(number) is { } badPort) errors.Invalid(at.Child("port"), number, badPort);
            FieldRules.OneOf(port, "protocol", at, errors, "SCTP", "TCP", "UDP");
            if (port.Has("targetPort")) PortSyntax.NumberOrName(port["targetPort"], at.Child("targetPort"), errors);
            if (!numbers.Add((protocol, number))) errors.Duplicate(at, new JsonObject { ["port"] = number, ["protocol"] = protocol });
            if (port.Number("nodePort") is not ({ } nodePort and not 0)) continue;
            if (type is not ("NodePort" or "LoadBalancer")) errors.Forbidden(at.Child("nodePort"), $"may not be used when `type` is '{type}'");
            if (PortSyntax.Number(nodePort) is { } badNodePort) errors.Invalid(at.Child("nodePort"), nodePort, badNodePort);
            if (!nodePorts.Add((protocol, nodePort))) errors.Duplicate(at.Child("nodePort"), nodePort);
        }
    }
}
