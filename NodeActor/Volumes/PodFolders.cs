using Shared.Processes;

namespace NodeActor.Volumes;

/// <summary>
/// Deletes folders that containers wrote into. What is mounted below them belongs to somebody else: it is neither entered nor taken away, and while
/// it is there nothing is deleted at all, so that what is left can be found and tried again.
/// </summary>
internal static class PodFolders
{
    /// <summary>Deletes a folder and all that is in it; links are removed, never followed. Does nothing if it is not there.</summary>
    /// <exception cref="IOException">Something is mounted at or below it, or appeared there meanwhile.</exception>
    public static void Delete(string folder)
    {
        if (!Directory.Exists(folder)) return;
        if (MountsIn(folder) is [var mount, ..]) throw new IOException($"{mount.MountPoint} is still mounted, and nothing is deleted through a mount");
        DeleteTree(new(folder));
    }

    /// <summary>The mounts at or below a folder, the last one made first.</summary>
    public static IReadOnlyList<Mount> MountsIn(string folder)
    {
        var real = SafePath.Real(folder);
        return [.. MountTable.At(real), .. MountTable.Below(real)];
    }

    private static void DeleteTree(DirectoryInfo folder)
    {
        // The table was read before: what is mounted since is seen here.
        if (PosixFiles.IsMountPoint(folder.FullName)) throw new IOException($"{folder.FullName} is a mount, and nothing is deleted through a mount");
        foreach (var entry in folder.EnumerateFileSystemInfos("*", Everything))
        {
            if (entry is DirectoryInfo inner && entry.LinkTarget is null) DeleteTree(inner);
            else entry.Delete();
        }
        folder.Delete();
    }

    /// <summary>What a folder holds, hidden or not.</summary>
    internal static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };
}
