using System.Globalization;
using System.Text;
using k8s.Models;
using NodeActor.Pods.Machine;

namespace NodeActor.Pods.Specs;

/// <summary>What a pod may learn about itself: <c>fieldRef</c> and <c>resourceFieldRef</c>.</summary>
internal static class DownwardFields
{
    /// <summary>The value of a field path such as <c>metadata.name</c> or <c>metadata.labels['app']</c>.</summary>
    /// <exception cref="SpecException">There is no such field.</exception>
    public static string Field(PodState state, PodNodeOptions options, string path)
    {
        var pod = state.Definition!.Pod;
        if (Subscript(path) is var (map, key)) return map.TryGetValue(key, out var value) ? value : "";
        return path switch
        {
            "metadata.name" => pod.Metadata.Name,
            "metadata.namespace" => pod.Metadata.NamespaceProperty,
            "metadata.uid" => state.Uid.Value,
            "metadata.labels" => Lines(pod.Metadata.Labels),
            "metadata.annotations" => Lines(pod.Metadata.Annotations),
            "spec.nodeName" => options.Node.Value,
            "spec.serviceAccountName" => pod.Spec.ServiceAccountName ?? "",
            "status.hostIP" => state.HostIPs.FirstOrDefault() ?? "",
            "status.hostIPs" => string.Join(',', state.HostIPs),
            "status.podIP" => Addresses().FirstOrDefault() ?? "",
            "status.podIPs" => string.Join(',', Addresses()),
            _ => throw new SpecException($"unsupported fieldPath: {path}"),
        };

        IEnumerable<string> Addresses() => state.Definition!.HostNetwork ? state.HostIPs : state.Observed?.Current?.IPs ?? [];

        (IDictionary<string, string>, string)? Subscript(string text)
        {
            foreach (var (name, values) in new[] { ("metadata.labels", pod.Metadata.Labels), ("metadata.annotations", pod.Metadata.Annotations) })
            {
                if (text.StartsWith($"{name}['", StringComparison.Ordinal) && text.EndsWith("']", StringComparison.Ordinal))
                {
                    return (values ?? new Dictionary<string, string>(), text[(name.Length + 2)..^2]);
                }
            }
            return null;
        }
    }

    /// <summary>A limit or request, in units of the divisor, rounded up; a limit that is not set is what the node can give.</summary>
    /// <exception cref="SpecException">There is no such resource or container.</exception>
    public static string Resource(PodState state, V1ResourceFieldSelector selector, string container)
    {
        var name = selector.ContainerName is { Length: > 0 } named ? named : container;
        var resources = state.Definition!.Container(name)?.Spec.Resources ?? (state.Definition.Container(name) is null ? throw new SpecException($"container {name} not found") : null);
        var (kind, resource) = selector.Resource.Split('.', 2) is [var first, var second] ? (first, second) : throw new SpecException($"unsupported container resource: {selector.Resource}");
        var found = kind switch
        {
            "limits" => Quantity(resources?.Limits, resource) ?? Allocatable(state, resource),
            "requests" => Quantity(resources?.Requests, resource) ?? Quantity(resources?.Limits, resource) ?? 0,
            _ => throw new SpecException($"unsupported container resource: {selector.Resource}"),
        };
        var divisor = selector.Divisor?.ToDecimal() is { } given and > 0 ? given : 1;
        return Math.Ceiling(found / divisor).ToString("0", CultureInfo.InvariantCulture);
    }

    private static decimal? Quantity(IDictionary<string, ResourceQuantity>? values, string name) =>
        values is not null && values.TryGetValue(name, out var quantity) ? quantity.ToDecimal() : null;

    private static decimal Allocatable(PodState state, string name) =>
        state.Allocatable.TryGetValue(name, out var text) ? new ResourceQuantity(text).ToDecimal() : 0;

    private static string Lines(IDictionary<string, string>? values)
    {
        var lines = new StringBuilder();
        foreach (var (key, value) in (values ?? new Dictionary<string, string>()).OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            lines.Append(key).Append("=\"").Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append("\"\n");
        }
        return lines.ToString().TrimEnd('\n');
    }
}
