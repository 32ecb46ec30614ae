using System.Runtime.InteropServices;

namespace NodeActor.Volumes;

/// <summary>Calls of the operating system that .NET does not offer.</summary>
internal static partial class PosixFiles
{
    private const uint Unchanged = uint.MaxValue;
    private const ulong NoSetUid = 2;
    private const ulong NoDevices = 4;
    private const int NoFollow = 8;
    private const int CurrentDirectory = -100;
    private const int NoFollowLink = 0x100;
    private const uint WantsGroup = 0x10;
    private const ulong MountRoot = 0x2000;

    /// <summary>Sets the group of a file or folder (of a link itself, not its target).</summary>
    public static void SetGroup(string path, long group) => Set(path, Unchanged, (uint)group);

    /// <summary>Sets the owner of a file.</summary>
    public static void SetUser(string path, long user) => Set(path, (uint)user, Unchanged);

    /// <summary>Puts a file, folder or link in the place of another in one step; a link is not followed.</summary>
    public static void Rename(string from, string to)
    {
        if (rename(from, to) != 0) throw new IOException($"can not rename {from}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Mounts a file system that has no device, without set-uid programs and devices in it.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    public static void Mount(string fileSystem, string path, string options)
    {
        if (!TryMount(fileSystem, path, options)) throw new IOException($"can not mount a {fileSystem} on {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>As <see cref="Mount"/>, and says whether the kernel agreed.</summary>
    public static bool TryMount(string fileSystem, string path, string options) => mount(fileSystem, path, fileSystem, NoSetUid | NoDevices, options) == 0;

    /// <summary>Takes a mount away, unless it is in use. A link is not followed.</summary>
    /// <exception cref="IOException">It is in use, or no mount.</exception>
    public static void Unmount(string path)
    {
        if (umount2(path, NoFollow) != 0) throw new IOException($"can not unmount {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>True if something is mounted on exactly this folder, a folder of the same file system included.</summary>
    /// <exception cref="IOException">The kernel does not say.</exception>
    public static bool IsMountPoint(string path)
    {
        // struct statx of linux/stat.h: stx_attributes stands at byte 8, stx_attributes_mask at 56.
        Span<byte> answer = stackalloc byte[256];
        answer.Clear();
        if (statx(CurrentDirectory, path, NoFollowLink, 0, ref MemoryMarshal.GetReference(answer)) != 0)
        {
            throw new IOException($"can not look at {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        if ((MemoryMarshal.Read<ulong>(answer[56..]) & MountRoot) == 0) throw new IOException($"this kernel does not tell whether {path} is a mount");
        return (MemoryMarshal.Read<ulong>(answer[8..]) & MountRoot) != 0;
    }

    /// <summary>The group of a file or folder (of a link itself).</summary>
    /// <exception cref="IOException">The kernel does not say.</exception>
    public static long GroupOf(string path)
    {
        // struct statx: stx_gid stands at byte 24.
        Span<byte> answer = stackalloc byte[256];
        answer.Clear();
        if (statx(CurrentDirectory, path, NoFollowLink, WantsGroup, ref MemoryMarshal.GetReference(answer)) != 0)
        {
            throw new IOException($"can not look at {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        return MemoryMarshal.Read<uint>(answer[24..]);
    }

    private static void Set(string path, uint user, uint group)
    {
        if (lchown(path, user, group) != 0) throw new IOException($"can not change the owner of {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint owner, uint group);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string fileSystem, ulong flags, string options);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, ref byte answer);
}
