using System.Text;
using k8s.Models;
using NodeActor.Pods.Machine;
using NodeActor.Volumes;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Pods.Specs;

/// <summary>The ConfigMaps, Secrets, claims and volumes of one pod, as they were last read.</summary>
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

    /// <summary>The volume that the claim is bound to which a volume names; null where it names none.</summary>
    /// <exception cref="VolumeException">The claim is not there, or has no volume on this node.</exception>
    public V1PersistentVolume? VolumeOf(V1Volume spec)
    {
        if (spec.PersistentVolumeClaim?.ClaimName is not { } name) return null;
        var claim = Read<V1PersistentVolumeClaim>("persistentvolumeclaims", name) ?? throw new VolumeException($"persistentvolumeclaim \"{name}\" not found");
        if (claim.Spec.VolumeName is not { Length: > 0 } bound || claim.Status?.Phase != "Bound") throw new VolumeException($"persistentvolumeclaim \"{name}\" is not bound");
        var volume = Read<V1PersistentVolume>("persistentvolumes", bound, @namespace: "")
            ?? throw new VolumeException($"persistentvolume \"{bound}\" is no directory of this node: volumes of the driver {NodeDirectory.Driver} are supported, on the node they are on");
        if (volume.Spec.ClaimRef?.Uid != claim.Metadata.Uid) throw new VolumeException($"persistentvolume \"{bound}\" is not bound to claim \"{name}\"");
        return volume;
    }

    private T? Read<T>(string resource, string name, string? @namespace = null) where T : class
    {
        var key = new ObjectKey("", resource, @namespace ?? state.Key.Namespace, name);
        return state.Objects.GetValueOrDefault(key)?.Json is { } json ? ModelReading.Read<T>(json) : null;
    }
}
