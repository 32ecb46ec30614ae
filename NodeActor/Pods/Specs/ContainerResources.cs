using k8s.Models;
using NodeActor.Pods.Machine;
using NodeActor.Runtime;

namespace NodeActor.Pods.Specs;

/// <summary>A container's resources as settings of its control groups, by the kubelet's arithmetic.</summary>
internal static class ContainerResources
{
    private const long Period = 100_000;
    private const long SmallestQuota = 1_000;
    private const long SmallestShares = 2;

    public static ContainerLimits Container(PodState state, ContainerDefinition container)
    {
        var cpuLimit = Milli(container.Spec.Resources?.Limits, "cpu");
        var cpuRequest = Milli(container.Spec.Resources?.Requests, "cpu") ?? cpuLimit ?? 0;
        var memoryLimit = Bytes(container.Spec.Resources?.Limits) ?? 0;
        var memoryRequest = Bytes(container.Spec.Resources?.Requests) ?? memoryLimit;
        return new(
            Math.Max(SmallestShares, cpuRequest * 1024 / 1000),
            Period,
            cpuLimit is { } limit and > 0 ? Math.Max(SmallestQuota, limit * Period / 1000) : 0,
            memoryLimit,
            OomScore(state, memoryRequest));
    }

    /// <summary>The less of the node a burstable container asks for, the sooner it is killed when memory runs out.</summary>
    private static long OomScore(PodState state, long memoryRequest)
    {
        switch ((string?)state.Definition!.Status["qosClass"])
        {
            case "Guaranteed": return -997;
            case "BestEffort": return 1000;
        }
        var capacity = state.Allocatable.TryGetValue("memory", out var text) ? new ResourceQuantity(text).ToDecimal() : 0;
        if (capacity <= 0) return 999;
        return Math.Clamp((long)(1000 - (1000 * memoryRequest / capacity)), 2, 999);
    }

    private static long? Milli(IDictionary<string, ResourceQuantity>? values, string name) =>
        values is not null && values.TryGetValue(name, out var quantity) ? (long)Math.Ceiling(quantity.ToDecimal() * 1000) : null;

    private static long? Bytes(IDictionary<string, ResourceQuantity>? values) =>
        values is not null && values.TryGetValue("memory", out var quantity) ? (long)Math.Ceiling(quantity.ToDecimal()) : null;
}
