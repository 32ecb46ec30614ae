using k8s.Models;

namespace NodeActor.Volumes;

/// <summary><c>emptyDir</c>: a folder, or a tmpfs, that lives as long as the pod.</summary>
internal sealed class EmptyDirVolumes : IVolumePlugin
{
    private const UnixFileMode Everyone = (UnixFileMode)0x1FF; // 0777

    public string Name => "emptyDir";

    public bool Handles(PodVolume volume) => volume.Spec.EmptyDir is not null;

    public string Path(PodVolume volume) => IsInMemory(volume.Spec) ? volume.InMemory : volume.OnDisk;

    public Task PublishAsync(PodVolume volume, VolumeUse use, CancellationToken cancel)
    {
        if (!IsInMemory(volume.Spec)) MakeFolder(volume.OnDisk, use.Group);
        else MemoryVolumes.Mount(volume.InMemory, volume.Spec.EmptyDir.SizeLimit is { } limit ? (long)limit.ToDecimal() : null, use.Group is null ? "0777" : "2777", use.Group);
        return Task.CompletedTask;
    }

    public Task UnpublishAsync(PodVolume volume, CancellationToken cancel)
    {
        if (IsInMemory(volume.Spec)) MemoryVolumes.Unmount(volume.InMemory);
        return Task.CompletedTask;
    }

    private static bool IsInMemory(V1Volume spec) => spec.EmptyDir.Medium == "Memory";

    private static void MakeFolder(string path, long? group)
    {
        if (Directory.Exists(path)) return;
        Directory.CreateDirectory(path);
        if (group is { } id) PosixFiles.SetGroup(path, id);
        File.SetUnixFileMode(path, group is null ? Everyone : Everyone | UnixFileMode.SetGroup);
    }
}
