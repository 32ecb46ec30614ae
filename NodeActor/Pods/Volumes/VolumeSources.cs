using k8s.Models;

namespace NodeActor.Pods.Volumes;

/// <summary>What kind of volume a volume is and where it lies on the node.</summary>
internal static class VolumeSources
{
    /// <summary>The path to mount; for a hostPath the node's own.</summary>
    public static string HostPath(PodPaths paths, V1Volume volume) =>
        volume.HostPath is { } host ? host.Path : paths.Volume(volume.Name, InMemory(volume));

    /// <summary>True for volumes whose files are written from API objects: containers may only read them.</summary>
    public static bool IsProjection(V1Volume volume) =>
        volume.ConfigMap is not null || volume.Secret is not null || volume.DownwardAPI is not null || volume.Projected is not null;

    /// <summary>True for what must not reach a disk.</summary>
    public static bool InMemory(V1Volume volume) =>
        volume.Secret is not null || volume.EmptyDir?.Medium == "Memory" || volume.Projected is not null;
}
