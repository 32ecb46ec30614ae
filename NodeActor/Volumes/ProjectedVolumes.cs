using k8s.Models;

namespace NodeActor.Volumes;

/// <summary><c>configMap</c>, <c>secret</c>, <c>downwardAPI</c> and <c>projected</c>: files written from API objects; what may hold a Secret lies in memory.</summary>
internal sealed class ProjectedVolumes : IVolumePlugin
{
    /// <summary>More than two versions of what fits into the objects a volume usually shows; the kernel takes only what is written.</summary>
    private const long LargestProjection = 128L << 20;

    public string Name => "projected";

    public bool Handles(PodVolume volume) => volume.Spec is { ConfigMap: not null } or { Secret: not null } or { DownwardAPI: not null } or { Projected: not null };

    public bool IsReadOnly(PodVolume volume) => true;

    public string Path(PodVolume volume) => IsInMemory(volume.Spec) ? volume.InMemory : volume.OnDisk;

    public Task PublishAsync(PodVolume volume, VolumeUse use, CancellationToken cancel)
    {
        if (IsInMemory(volume.Spec)) MemoryVolumes.Mount(volume.InMemory, LargestProjection, "0755", use.Group);
        AtomicFolder.Write(Path(volume), Files(volume, use.Content), use.Group);
        return Task.CompletedTask;
    }

    public Task UnpublishAsync(PodVolume volume, CancellationToken cancel)
    {
        if (IsInMemory(volume.Spec)) MemoryVolumes.Unmount(volume.InMemory);
        return Task.CompletedTask;
    }

    private IReadOnlyList<ProjectedFile> Files(PodVolume volume, IVolumeContent content)
    {
        try
        {
            return new VolumeFiles(content).Of(volume.Spec);
        }
        catch (VolumeException missing) when (AtomicFolder.IsWritten(Path(volume)))
        {
            throw new VolumeKeptException(missing.Message, missing);
        }
    }

    private static bool IsInMemory(V1Volume spec) => spec.Secret is not null || spec.Projected is not null;
}
