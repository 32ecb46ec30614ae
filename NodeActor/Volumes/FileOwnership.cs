using System.Runtime.InteropServices;

namespace NodeActor.Volumes;

/// <summary>Gives files to a group, which .NET has no call for.</summary>
internal static partial class FileOwnership
{
    private const uint Unchanged = uint.MaxValue;

    /// <summary>Sets the group of a file or folder (of a link itself, not its target).</summary>
    public static void SetGroup(string path, long group) => Set(path, Unchanged, (uint)group);

    /// <summary>Sets the owner of a file.</summary>
    public static void SetUser(string path, long user) => Set(path, (uint)user, Unchanged);

    private static void Set(string path, uint user, uint group)
    {
        if (lchown(path, user, group) != 0) throw new IOException($"can not change the owner of {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint owner, uint group);
}
