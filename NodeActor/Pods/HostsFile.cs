using System.Text;
using NodeActor.Pods.Machine;
using NodeActor.Pods.Specs;

namespace NodeActor.Pods;

/// <summary>A pod's <c>/etc/hosts</c>.</summary>
internal static class HostsFile
{
    /// <summary>Writes the pod's hosts file: done when its address is known.</summary>
    public static void Write(PodState state, PodNodeOptions options)
    {
        var pod = state.Definition!;
        if (pod.HostNetwork) return;
        var text = new StringBuilder("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
        var name = SandboxSpecs.Hostname(pod);
        var full = pod.Spec.Subdomain is { Length: > 0 } subdomain ? $"{name}.{subdomain}.{state.Key.Namespace}.svc.{options.ClusterDomain}\t{name}" : name;
        foreach (var address in state.Observed?.Current?.IPs ?? []) text.Append(address).Append('\t').Append(full).Append('\n');
        foreach (var alias in pod.Spec.HostAliases ?? []) text.Append(alias.Ip).Append('\t').Append(string.Join('\t', alias.Hostnames ?? [])).Append('\n');
        var paths = new PodPaths(options, state.Key, state.Uid);
        Directory.CreateDirectory(paths.Root);
        File.WriteAllText(paths.Hosts, text.ToString());
    }
}
