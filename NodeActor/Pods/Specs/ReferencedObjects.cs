using System.Text;
using k8s.Models;
using NodeActor.Pods.Machine;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Pods.Specs;

/// <summary>The ConfigMaps and Secrets of one pod, as they were last read.</summary>
internal sealed class ReferencedObjects(PodState state)
{
    /// <summary>The entries of a ConfigMap; null if there is none.</summary>
    public IReadOnlyDictionary<string, byte[]>? ConfigMap(string name)
    {
        if (Read<V1ConfigMap>("configmaps", name) is not { } map) return null;
        var entries = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (key, value) in map.BinaryData ?? new Dictionary<string, byte[]>()) entries[key] = value;
        foreach (var (key, value) in map.Data ?? new Dictionary<string, string>()) entries[key] = Encoding.UTF8.GetBytes(value);
        return entries;
    }

    /// <summary>The entries of a Secret; null if there is none.</summary>
    public IReadOnlyDictionary<string, byte[]>? Secret(string name)
    {
        if (Read<V1Secret>("secrets", name) is not { } secret) return null;
        return new SortedDictionary<string, byte[]>(secret.Data ?? new Dictionary<string, byte[]>(), StringComparer.Ordinal);
    }

    private T? Read<T>(string resource, string name) where T : class
    {
        var key = new ObjectKey("", resource, state.Key.Namespace, name);
        return state.Objects.GetValueOrDefault(key)?.Json is { } json ? ModelReading.Read<T>(json) : null;
    }
}
