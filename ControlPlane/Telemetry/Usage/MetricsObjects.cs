using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Telemetry.Usage;

/// <summary>Makes the objects of metrics.k8s.io, as metrics-server does: each has the name, namespace and labels of what it is about, and was made just now.</summary>
internal static class MetricsObjects
{
    /// <summary>A pod's PodMetrics.</summary>
    public static StoredObject Of(StoredObject pod, PodUsage usage, DateTimeOffset now)
    {
        var tree = Begin(MetricsKinds.Pods, pod, usage.At, usage.Window, now);
        tree["containers"] = new JsonArray([.. usage.Containers.Select(one => new JsonObject { ["name"] = one.Name, ["usage"] = Usage(one.CpuNanocores, one.MemoryBytes) })]);
        return End(MetricsKinds.Pods, pod, tree);
    }

    /// <summary>A node's NodeMetrics.</summary>
    public static StoredObject Of(StoredObject node, NodeUsage usage, DateTimeOffset now)
    {
        var tree = Begin(MetricsKinds.Nodes, node, usage.At, usage.Window, now);
        tree["usage"] = Usage(usage.CpuNanocores, usage.MemoryBytes);
        return End(MetricsKinds.Nodes, node, tree);
    }

    private static JsonObject Begin(KindDefinition kind, StoredObject of, DateTimeOffset at, TimeSpan window, DateTimeOffset now)
    {
        var metadata = new JsonObject { ["name"] = of.Key.Name };
        if (kind.Namespaced) metadata["namespace"] = of.Key.Namespace;
        metadata["creationTimestamp"] = Rfc3339.Write(now);
        if (of.Header.Labels.Count > 0) metadata["labels"] = new JsonObject(of.Header.Labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value)));
        return new()
        {
            ["kind"] = kind.Kind,
            ["apiVersion"] = kind.GroupVersion,
            ["metadata"] = metadata,
            ["timestamp"] = Rfc3339.Write(at),
            ["window"] = GoDuration.Write(window),
        };
    }

    private static StoredObject End(KindDefinition kind, StoredObject of, JsonObject tree) =>
        new(new(kind.Group, kind.Plural, of.Key.Namespace, of.Key.Name), ObjectJson.ToUtf8(tree), 0);

    private static JsonObject Usage(long cpuNanocores, long memoryBytes) =>
        new() { ["cpu"] = Quantities.OfNano(cpuNanocores), ["memory"] = Quantities.OfBytes(memoryBytes) };
}
