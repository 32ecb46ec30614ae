using System.Collections.Immutable;
using NodeActor.Pods.Machine;
using NodeActor.Runtime;

namespace NodeActor.Pods.Specs;

/// <summary>What a pod's sandbox is made from.</summary>
internal static class SandboxSpecs
{
    private const int LongestHostname = 63;

    public static SandboxSpec Build(PodState state, PodNodeOptions options, int attempt)
    {
        var pod = state.Definition!;
        var spec = pod.Spec;
        return new(state.Key, state.Uid, attempt)
        {
            Hostname = pod.HostNetwork ? "" : Hostname(pod),
            LogDirectory = new PodPaths(options, state.Key, state.Uid).Logs,
            Dns = Dns(pod, options),
            Ports = pod.HostNetwork ? [] : [.. pod.Containers.SelectMany(one => one.Spec.Ports ?? []).Where(one => one.HostPort is > 0)
                .Select(one => new SandboxPort(one.Protocol ?? "TCP", one.ContainerPort, one.HostPort!.Value, one.HostIP ?? ""))],
            Namespaces = new(pod.HostNetwork, spec.HostPID == true, spec.HostIPC == true, spec.ShareProcessNamespace == true),
            Privileged = pod.Containers.Any(one => one.Spec.SecurityContext?.Privileged == true),
            RunAsUser = spec.SecurityContext?.RunAsUser,
            RunAsGroup = spec.SecurityContext?.RunAsGroup,
            SupplementalGroups = ContainerSecurityRules.Groups(spec.SecurityContext),
            Sysctls = (spec.SecurityContext?.Sysctls ?? []).ToImmutableDictionary(one => one.Name, one => one.Value),
        };
    }

    /// <summary>The name the pod has for itself.</summary>
    public static string Hostname(PodDefinition pod)
    {
        var name = pod.Spec.Hostname is { Length: > 0 } hostname ? hostname : pod.Pod.Metadata.Name;
        return name.Length <= LongestHostname ? name : name[..LongestHostname].TrimEnd('-', '.');
    }

    private static DnsSettings? Dns(PodDefinition pod, PodNodeOptions options)
    {
        var own = pod.Spec.DnsConfig;
        var policy = pod.Spec.DnsPolicy is { Length: > 0 } named ? named : "ClusterFirst";
        var cluster = !options.ClusterDns.IsEmpty && (policy == "ClusterFirstWithHostNet" || (policy == "ClusterFirst" && !pod.HostNetwork));
        if (!cluster && policy != "None" && own is null) return null;
        var domain = options.ClusterDomain;
        var searches = cluster ? new[] { $"{pod.Pod.Metadata.NamespaceProperty}.svc.{domain}", $"svc.{domain}", domain } : [];
        var settings = (own?.Options ?? []).Select(one => one.Value is { Length: > 0 } value ? $"{one.Name}:{value}" : one.Name).ToArray();
        return new(
            [.. cluster ? options.ClusterDns : [], .. own?.Nameservers ?? []],
            [.. searches, .. own?.Searches ?? []],
            [.. cluster && !settings.Any(one => one.StartsWith("ndots:", StringComparison.Ordinal)) ? ["ndots:5"] : Array.Empty<string>(), .. settings]);
    }
}
