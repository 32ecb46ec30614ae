using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What a pod's spec must look like, in a Pod and in a template alike. Expects the defaults to be applied.</summary>
internal static class PodSpecRules
{
    public static void Validate(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        var volumes = VolumeRules.Validate(spec, path.Child("volumes"), errors);
        ContainerListRules.Validate(spec, volumes, path, errors);
        FieldRules.OneOf(spec, "restartPolicy", path, errors, "Always", "OnFailure", "Never");
        Dns(spec, path, errors);
        FieldRules.Between(spec, "activeDeadlineSeconds", 1, int.MaxValue, path, errors);
        FieldRules.NotNegative(spec, "terminationGracePeriodSeconds", path, errors);
        FieldRules.Optional(spec, "nodeName", path, errors, NameSyntax.DnsSubdomain);
        FieldRules.Optional(spec, "serviceAccountName", path, errors, NameSyntax.DnsSubdomain);
        FieldRules.Optional(spec, "priorityClassName", path, errors, NameSyntax.DnsSubdomain);
        FieldRules.Optional(spec, "runtimeClassName", path, errors, NameSyntax.DnsSubdomain);
        FieldRules.Optional(spec, "hostname", path, errors, NameSyntax.DnsLabel);
        FieldRules.Optional(spec, "subdomain", path, errors, NameSyntax.DnsLabel);
        FieldRules.OneOf(spec, "preemptionPolicy", path, errors, "Never", "PreemptLowerPriority");
        FieldRules.Labels(spec.Child("nodeSelector"), path.Child("nodeSelector"), errors);
        FieldRules.Quantities(spec.Child("overhead"), path.Child("overhead"), errors);
        HostAliases(spec, path.Child("hostAliases"), errors);
        SecurityContextRules.Validate(spec, path, errors);
        TolerationRules.Validate(spec.List("tolerations"), path.Child("tolerations"), errors);
        AffinityRules.Validate(spec.Child("affinity"), path.Child("affinity"), errors);
        Spread(spec, path.Child("topologySpreadConstraints"), errors);
        Names(spec, "schedulingGates", "name", path, errors);
        Names(spec, "readinessGates", "conditionType", path, errors);
    }

    private static void Dns(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        FieldRules.OneOf(spec, "dnsPolicy", path, errors, "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None");
        var config = spec.Child("dnsConfig");
        if (spec.Text("dnsPolicy") == "None")
        {
            if (config is null) errors.Required(path.Child("dnsConfig"), "must provide `dnsConfig` when `dnsPolicy` is None");
            else if (!config.HasElements("nameservers")) errors.Required(path.Child("dnsConfig").Child("nameservers"), "must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
        if (config.List("nameservers") is not { } servers) return;
        for (var i = 0; i < servers.Count; i++) FieldRules.Address(servers[i], path.Child("dnsConfig").Child("nameservers").Item(i), errors);
    }

    private static void HostAliases(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        var index = 0;
        foreach (var alias in spec.Objects("hostAliases"))
        {
            FieldRules.Address(alias["ip"], path.Item(index).Child("ip"), errors);
            foreach (var name in alias.Texts("hostnames"))
            {
                if (NameSyntax.DnsSubdomain(name) is { } fault) errors.Invalid(path.Item(index).Child("hostnames"), name, fault);
            }
            index++;
        }
    }

    private static void Spread(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<(string, string)>();
        var index = 0;
        foreach (var constraint in spec.Objects("topologySpreadConstraints"))
        {
            var at = path.Item(index++);
            if (constraint.Number("maxSkew") is not > 0) errors.Invalid(at.Child("maxSkew"), constraint["maxSkew"]?.DeepClone(), "must be greater than zero");
            if (constraint.Text("topologyKey").Length == 0) errors.Required(at.Child("topologyKey"), "can not be empty");
            if (constraint.Text("whenUnsatisfiable").Length == 0) errors.NotSupported(at.Child("whenUnsatisfiable"), "", "DoNotSchedule", "ScheduleAnyway");
            FieldRules.OneOf(constraint, "whenUnsatisfiable", at, errors, "DoNotSchedule", "ScheduleAnyway");
            if (!seen.Add((constraint.Text("topologyKey"), constraint.Text("whenUnsatisfiable"))))
            {
                errors.Duplicate(at.Child("{topologyKey, whenUnsatisfiable}"), $"{{{constraint.Text("topologyKey")}, {constraint.Text("whenUnsatisfiable")}}}");
            }
            if (constraint.Number("minDomains") is <= 0 and var domains) errors.Invalid(at.Child("minDomains"), domains, "must be greater than zero");
            LabelSelectorRules.Validate(constraint.Child("labelSelector"), at.Child("labelSelector"), errors);
        }
    }

    private static void Names(JsonObject spec, string list, string member, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<string>();
        var index = 0;
        foreach (var item in spec.Objects(list))
        {
            var at = path.Child(list).Item(index++).Child(member);
            var name = item.Text(member);
            if (LabelSyntax.QualifiedName(name) is { } fault) errors.Invalid(at, name, fault);
            else if (!seen.Add(name)) errors.Duplicate(at, name);
        }
    }
}
