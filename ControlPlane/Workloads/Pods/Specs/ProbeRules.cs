using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What probes and lifecycle hooks must look like.</summary>
internal static class ProbeRules
{
    private static readonly string[] Checks = ["exec", "httpGet", "tcpSocket", "grpc"];
    private static readonly string[] Hooks = ["exec", "httpGet", "tcpSocket", "sleep"];

    public static void Validate(JsonObject container, FieldPath path, FieldErrors errors)
    {
        Probe(container.Child("livenessProbe"), path.Child("livenessProbe"), errors, succeedsOnce: true);
        Probe(container.Child("readinessProbe"), path.Child("readinessProbe"), errors, succeedsOnce: false);
        Probe(container.Child("startupProbe"), path.Child("startupProbe"), errors, succeedsOnce: true);
        foreach (var member in (ReadOnlySpan<string>)["postStart", "preStop"])
        {
            if (container.Child("lifecycle").Child(member) is { } hook) Handler(hook, Hooks, path.Child("lifecycle").Child(member), errors);
        }
    }

    private static void Probe(JsonObject? probe, FieldPath path, FieldErrors errors, bool succeedsOnce)
    {
        if (probe is null) return;
        Handler(probe, Checks, path, errors);
        foreach (var member in (ReadOnlySpan<string>)["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"])
        {
            FieldRules.NotNegative(probe, member, path, errors);
        }
        if (succeedsOnce && probe.Number("successThreshold") is { } times and not 1) errors.Invalid(path.Child("successThreshold"), times, "must be 1");
        if (probe.Number("terminationGracePeriodSeconds") is not { } grace) return;
        if (!succeedsOnce) errors.Invalid(path.Child("terminationGracePeriodSeconds"), grace, "must not be set for readinessProbes");
        else if (grace <= 0) errors.Invalid(path.Child("terminationGracePeriodSeconds"), grace, "must be greater than 0");
    }

    private static void Handler(JsonObject handler, string[] kinds, FieldPath path, FieldErrors errors)
    {
        var given = kinds.Where(kind => handler.Has(kind)).ToArray();
        if (given.Length == 0) errors.Required(path, "must specify a handler type");
        foreach (var extra in given.Skip(1)) errors.Forbidden(path.Child(extra), "may not specify more than 1 handler type");
        if (handler.Child("exec") is { } exec && !exec.HasElements("command")) errors.Required(path.Child("exec").Child("command"));
        if (handler.Child("httpGet") is { } get)
        {
            FieldRules.Required(get, "path", path.Child("httpGet"), errors);
            PortSyntax.NumberOrName(get["port"], path.Child("httpGet").Child("port"), errors);
            FieldRules.OneOf(get, "scheme", path.Child("httpGet"), errors, "HTTP", "HTTPS");
            var index = 0;
            foreach (var header in get.Objects("httpHeaders")) FieldRules.Required(header, "name", path.Child("httpGet").Child("httpHeaders").Item(index++), errors);
        }
        if (handler.Child("tcpSocket") is { } socket) PortSyntax.NumberOrName(socket["port"], path.Child("tcpSocket").Child("port"), errors);
        if (handler.Child("grpc") is { } grpc && PortSyntax.Number(grpc.Number("port") ?? 0) is { } fault) errors.Invalid(path.Child("grpc").Child("port"), grpc["port"]?.DeepClone(), fault);
        if (handler.Child("sleep") is { } sleep) FieldRules.NotNegative(sleep, "seconds", path.Child("sleep"), errors);
    }
}
