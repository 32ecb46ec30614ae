using Shared.Api;

namespace NodeActor.Volumes;

/// <summary>
/// Volumes of the driver <c>directory.actors.dev</c>: a directory of this node, named as the volume, with what pods wrote into it. It is made for the first of them, and stays,
/// whatever becomes of pods and agents, until the volume is deleted.
/// </summary>
/// <param name="folder">Holds the directories.</param>
internal sealed class DirectoryVolumes(string folder) : IVolumePlugin, IVolumeRemover
{
    private const UnixFileMode Everyone = (UnixFileMode)0x1FF; // 0777
    private const UnixFileMode GroupMayWrite = UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    public string Name => NodeDirectory.Driver;

    public bool Handles(PodVolume volume) => volume.Persistent?.Spec.Csi?.Driver == NodeDirectory.Driver;

    public bool IsReadOnly(PodVolume volume) => volume.Spec.PersistentVolumeClaim?.ReadOnlyProperty == true;

    public string? Staged(PodVolume volume) => volume.Persistent!.Metadata.Name;

    public string Path(PodVolume volume) => PathOf(volume.Persistent!.Metadata.Name);

    public Task PublishAsync(PodVolume volume, VolumeUse use, CancellationToken cancel)
    {
        var finalizers = volume.Persistent!.Metadata.Finalizers ?? [];
        if (volume.Persistent.Metadata.DeletionTimestamp is not null && !finalizers.Contains(NodeDirectory.VolumeProtection))
        {
            throw new VolumeException($"persistentvolume \"{volume.Persistent.Metadata.Name}\" is being removed");
        }
        var path = Path(volume);
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Directory.CreateDirectory(path);
            File.SetUnixFileMode(path, Everyone);
        }
        if (use.Group is { } group && !IsOf(path, group)) Give(new DirectoryInfo(path), group, cancel);
        return Task.CompletedTask;
    }

    public void Remove(string volume) => PodFolders.Delete(PathOf(volume));

    /// <summary>Whether the directory was given to the group before, and with it all that was in it: its marks are set last.</summary>
    private static bool IsOf(string path, long group) => File.GetUnixFileMode(path).HasFlag(UnixFileMode.SetGroup) && PosixFiles.GroupOf(path) == group;

    private static void Give(DirectoryInfo directory, long group, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        foreach (var entry in directory.EnumerateFileSystemInfos("*", PodFolders.Everything))
        {
            // Links are given, never followed.
            if (entry.LinkTarget is not null) PosixFiles.SetGroup(entry.FullName, group);
            else if (entry is DirectoryInfo inner) Give(inner, group, cancel);
            else
            {
                PosixFiles.SetGroup(entry.FullName, group);
                entry.UnixFileMode |= GroupMayWrite;
            }
        }
        PosixFiles.SetGroup(directory.FullName, group);
        directory.UnixFileMode |= GroupMayWrite | UnixFileMode.GroupExecute | UnixFileMode.SetGroup;
    }

    /// <exception cref="VolumeException">The name leads elsewhere.</exception>
    private string PathOf(string volume)
    {
        if (volume.Length == 0 || volume[0] == '.' || volume.Contains('/', StringComparison.Ordinal)) throw new VolumeException($"\"{volume}\" is no name of a volume");
        return System.IO.Path.Combine(folder, volume);
    }
}
