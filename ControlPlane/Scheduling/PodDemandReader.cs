using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Nodes.Taints;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using ControlPlane.Scheduling.Topology;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Scheduling;

/// <summary>Reads a <see cref="PodDemand"/> from a pod's JSON. Members of an unexpected type are passed over: validation is not this type's work.</summary>
internal static class PodDemandReader
{
    public static PodDemand Read(StoredObject pod)
    {
        using var document = JsonDocument.Parse(pod.Json, ObjectLimits.Document);
        var spec = document.RootElement.At("spec");
        return new()
        {
            Key = pod.Key,
            Uid = pod.Uid,
            Created = pod.Header.CreationTimestamp,
            Labels = pod.Header.Labels,
            OwnerUid = pod.Header.Controller?.Uid ?? "",
            NodeName = pod.Header.NodeName,
            Requests = PodRequests.Of(spec),
            ScoredMilliCpu = PodRequests.ScoredMilliCpu(spec),
            ScoredMemory = PodRequests.ScoredMemory(spec),
            Ports = Ports(spec),
            Affinity = Affinity(spec),
            Preferred = Preferred(spec),
            RequiredAffinity = TopologyReader.Terms(spec, "podAffinity", pod),
            RequiredAntiAffinity = TopologyReader.Terms(spec, "podAntiAffinity", pod),
            Spread = TopologyReader.Spread(spec, pod),
            Tolerations = Tolerations(spec),
            Priority = (int)Math.Clamp(spec.Number("priority") ?? 0, int.MinValue, int.MaxValue),
            SchedulerName = spec.Text("schedulerName"),
            Claims = Claims(spec),
            Gated = !spec.Objects("schedulingGates").IsEmpty,
        };
    }

    private static ImmutableArray<string> Claims(JsonElement spec)
    {
        List<string>? claims = null;
        foreach (var volume in spec.Objects("volumes"))
        {
            if (volume.Text("persistentVolumeClaim", "claimName") is { Length: > 0 } name && claims?.Contains(name) != true) (claims ??= []).Add(name);
        }
        return claims is null ? [] : [.. claims];
    }

    private static ImmutableArray<HostPort> Ports(JsonElement spec)
    {
        List<HostPort>? ports = null;
        var hostNetwork = spec.Flag("hostNetwork") == true;
        foreach (var container in spec.Objects("containers")) AddPorts(container, hostNetwork, ref ports);
        foreach (var container in spec.Objects("initContainers"))
        {
            if (PodRequests.IsSidecar(container)) AddPorts(container, hostNetwork, ref ports);
        }
        return ports is null ? [] : [.. ports];
    }

    private static void AddPorts(JsonElement container, bool hostNetwork, ref List<HostPort>? ports)
    {
        foreach (var port in container.Objects("ports"))
        {
            var number = port.Number("hostPort") ?? 0;
            // On the host's network the container's port is the host's.
            if (number == 0 && hostNetwork) number = port.Number("containerPort") ?? 0;
            if (number is <= 0 or > 65535) continue;
            var ip = port.Text("hostIP");
            (ports ??= []).Add(new(port.Text("protocol") is { Length: > 0 } protocol ? protocol : "TCP", ip is "0.0.0.0" or "::" ? "" : ip, (int)number));
        }
    }

    /// <summary>Where the pods of a spec must run.</summary>
    public static NodeAffinityTerms Affinity(JsonElement spec)
    {
        List<KeyValuePair<string, string>>? selector = null;
        if (spec.Child("nodeSelector") is { } labels)
        {
            foreach (var label in labels.EnumerateObject()) (selector ??= []).Add(new(label.Name, label.Value.ValueKind == JsonValueKind.String ? label.Value.GetString()! : ""));
        }
        ImmutableArray<NodeSelectorTerm>? required = null;
        if (spec.Child("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution") is { } terms)
        {
            required = [.. terms.Objects("nodeSelectorTerms").Select(NodeSelectorTerm.Read)];
        }
        return selector is null && required is null ? NodeAffinityTerms.Anywhere : new([.. selector ?? []], required);
    }

    private static ImmutableArray<PreferredTerm> Preferred(JsonElement spec)
    {
        var terms = spec.Objects("affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution");
        return terms.IsEmpty ? [] : [.. terms.Select(term => new PreferredTerm(term.Child("preference") is { } preference ? NodeSelectorTerm.Read(preference) : NodeSelectorTerm.Nothing, term.Int("weight")))];
    }

    /// <summary>The taints the pods of a spec tolerate.</summary>
    public static ImmutableArray<Toleration> Tolerations(JsonElement spec)
    {
        var tolerations = spec.Objects("tolerations");
        return tolerations.IsEmpty ? [] : [.. tolerations.Select(Toleration.Read)];
    }
}
