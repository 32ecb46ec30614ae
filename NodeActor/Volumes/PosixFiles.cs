using System.Runtime.InteropServices;

namespace NodeActor.Volumes;

/// <summary>Calls of the operating system that .NET does not offer.</summary>
internal static partial class PosixFiles
{
    private const uint Unchanged = uint.MaxValue;

    /// <summary>Sets the group of a file or folder (of a link itself, not its target).</summary>
    public static void SetGroup(string path, long group) => Set(path, Unchanged, (uint)group);

    /// <summary>Sets the owner of a file.</summary>
    public static void SetUser(string path, long user) => Set(path, (uint)user, Unchanged);

    /// <summary>Puts a file, folder or link in the place of another in one step; a link is not followed.</summary>
    public static void Rename(string from, string to)
    {
        if (rename(from, to) != 0) throw new IOException($"can not rename {from}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static void Set(string path, uint user, uint group)
    {
        if (lchown(path, user, group) != 0) throw new IOException($"can not change the owner of {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint owner, uint group);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);
}
