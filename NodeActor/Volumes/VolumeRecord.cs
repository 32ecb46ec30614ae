using k8s;
using k8s.Models;
using Shared.Api;

namespace NodeActor.Volumes;

/// <summary>A volume that something was done for, written down in its pod's folder.</summary>
internal sealed record VolumeRecord(string Plugin, V1Volume Spec, string OnDisk, string InMemory, V1PersistentVolume? Persistent = null)
{
    private const string Folder = "published";
    private const string Suffix = ".json";

    public PodVolume Volume(PodUid pod) => new(pod, Spec, OnDisk, InMemory, Persistent);

    /// <summary>Writes it down; a reader finds all of it or nothing.</summary>
    public static void Write(string pod, VolumeRecord record)
    {
        var folder = Directory.CreateDirectory(Path.Combine(pod, Folder)).FullName;
        var file = Path.Combine(folder, record.Spec.Name + Suffix);
        var half = Path.Combine(folder, $".{record.Spec.Name}.new");
        File.WriteAllText(half, KubernetesJson.Serialize(record));
        PosixFiles.Rename(half, file);
    }

    public static void Remove(string pod, string volume) => File.Delete(Path.Combine(pod, Folder, volume + Suffix));

    /// <summary>All volumes written down in a pod's folder.</summary>
    /// <exception cref="VolumeException">One can not be read.</exception>
    public static IReadOnlyList<VolumeRecord> All(string pod)
    {
        try
        {
            return [.. Directory.EnumerateFiles(Path.Combine(pod, Folder), $"*{Suffix}").Order(StringComparer.Ordinal).Select(Read)];
        }
        catch (DirectoryNotFoundException)
        {
            // A pod without volumes, or one whose folders are being removed: its volumes are gone before them.
            return [];
        }
    }

    private static VolumeRecord Read(string file)
    {
        try
        {
            return KubernetesJson.Deserialize<VolumeRecord>(File.ReadAllText(file));
        }
        catch (System.Text.Json.JsonException error)
        {
            throw new VolumeException($"{file} can not be read: {error.Message}", error);
        }
    }
}
