using System.Globalization;
using Shared.Processes;

namespace NodeActor.Volumes;

/// <summary>
/// The volumes that must not reach a disk: each is a tmpfs of its own, so it does not matter what the node's folders lie on, and a size holds for one
/// volume alone. The kernel's mount table is the only record of them: an agent that starts anew finds those of the one before.
/// </summary>
internal static class MemoryVolumes
{
    private const string Tmpfs = "tmpfs";

    /// <summary>Sees that a tmpfs is mounted here. One that is there stays as it is, with its files.</summary>
    /// <param name="bytes">The most it holds; null for the kernel's own bound, half of the memory.</param>
    /// <param name="mode">Permissions of its root, in octal digits.</param>
    /// <param name="group">The group of its root; null for none.</param>
    /// <exception cref="IOException">It can not be mounted.</exception>
    public static void Mount(string path, long? bytes, string mode, long? group)
    {
        if (IsMounted(path)) return;
        Directory.CreateDirectory(path);
        var options = $"mode={mode}";
        if (bytes is { } most) options += string.Create(CultureInfo.InvariantCulture, $",size={most}");
        if (group is { } id) options += string.Create(CultureInfo.InvariantCulture, $",gid={id}");
        // What is swapped out reaches a disk too; older kernels do not know how to keep it from that.
        if (!PosixFiles.TryMount(Tmpfs, path, $"{options},noswap")) PosixFiles.Mount(Tmpfs, path, options);
    }

    /// <summary>Unmounts what <see cref="Mount"/> mounted here, if it is there.</summary>
    /// <exception cref="IOException">It is in use.</exception>
    public static void Unmount(string path)
    {
        if (IsMounted(path)) PosixFiles.Unmount(SafePath.Real(path));
    }

    private static bool IsMounted(string path) => Directory.Exists(path) && MountTable.At(SafePath.Real(path)).Any(mount => mount.FileSystem == Tmpfs);
}
