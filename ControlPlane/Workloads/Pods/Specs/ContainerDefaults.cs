using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>The defaults of one container.</summary>
internal static class ContainerDefaults
{
    public static void Apply(JsonObject container, bool hostNetwork)
    {
        container.Default("imagePullPolicy", PullPolicy(container.Text("image")));
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        var resources = container.DefaultChild("resources");
        Canonical(resources.Child("limits"));
        Canonical(resources.Child("requests"));
        foreach (var port in container.Objects("ports"))
        {
            port.Default("protocol", "TCP");
            if (hostNetwork && port.Number("hostPort") is null or 0 && port.Number("containerPort") is { } number) port["hostPort"] = number;
        }
        foreach (var variable in container.Objects("env"))
        {
            if (variable.Child("valueFrom").Child("fieldRef") is { } field) field.Default("apiVersion", "v1");
        }
        Probe(container.Child("livenessProbe"));
        Probe(container.Child("readinessProbe"));
        Probe(container.Child("startupProbe"));
        HttpGet(container.Child("lifecycle").Child("postStart").Child("httpGet"));
        HttpGet(container.Child("lifecycle").Child("preStop").Child("httpGet"));
    }

    /// <summary>An image of the tag latest, or of none, may have changed since it was pulled.</summary>
    internal static string PullPolicy(string image)
    {
        if (image.Contains('@')) return "IfNotPresent";
        var tag = image.LastIndexOf(':');
        return tag < 0 || image.IndexOf('/', tag) >= 0 || image[(tag + 1)..] == "latest" ? "Always" : "IfNotPresent";
    }

    /// <summary>What a pod limits and does not request, it requests up to the limit.</summary>
    internal static void RequestLimits(JsonObject container)
    {
        if (container.Child("resources").Child("limits") is not { Count: > 0 } limits) return;
        var requests = container["resources"]!.AsObject().DefaultChild("requests");
        foreach (var (name, limit) in limits)
        {
            if (!requests.Has(name)) requests[name] = limit?.DeepClone();
        }
    }

    private static void Probe(JsonObject? probe)
    {
        if (probe is null) return;
        Unless0(probe, "timeoutSeconds", 1);
        Unless0(probe, "periodSeconds", 10);
        Unless0(probe, "successThreshold", 1);
        Unless0(probe, "failureThreshold", 3);
        HttpGet(probe.Child("httpGet"));
        if (probe.Child("grpc") is { } grpc && !grpc.Has("service")) grpc["service"] = "";
    }

    private static void HttpGet(JsonObject? get)
    {
        if (get is null) return;
        get.Default("path", "/");
        get.Default("scheme", "HTTP");
    }

    private static void Unless0(JsonObject probe, string member, long value)
    {
        if (probe.Number(member) is null or 0) probe[member] = value;
    }

    /// <summary>Requests written in two ways must not look like a change: quantities are kept as Kubernetes shows them.</summary>
    private static void Canonical(JsonObject? quantities)
    {
        if (quantities is null) return;
        foreach (var (name, node) in quantities.ToArray())
        {
            var text = node.TextOf() ?? node?.ToJsonString();
            if (Quantities.TryCanonical(text, out var canonical) && node.TextOf() != canonical) quantities[name] = canonical;
        }
    }
}
