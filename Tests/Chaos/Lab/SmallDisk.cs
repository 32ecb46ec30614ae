using Shared.Processes;

namespace Tests.Chaos.Lab;

/// <summary>A file system in memory, for what lies in one folder. It can be full at once, and have room again.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int Page = 4096;
    private readonly int _megabytes;

    private SmallDisk(string folder, int megabytes) => (Folder, _megabytes) = (folder, megabytes);

    public string Folder { get; }

    /// <summary>Mounts one on a new folder; memory is used for what is written only.</summary>
    public static async Task<SmallDisk> Mount(string folder, int megabytes)
    {
        Directory.CreateDirectory(folder);
        await ExternalProgram.Run("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m,mode=0755", "actors-chaos", folder]);
        return new(folder, megabytes);
    }

    /// <summary>From now on there is room for nothing more.</summary>
    public Task Fill()
    {
        var drive = new DriveInfo(Folder);
        // A little more than is used now, for what is written meanwhile.
        return Resize($"{drive.TotalSize - drive.AvailableFreeSpace + (16 * Page)}");
    }

    /// <summary>There is room again.</summary>
    public Task Free() => Resize($"{_megabytes}m");

    public async ValueTask DisposeAsync()
    {
        await ExternalProgram.Run("umount", ["-l", Folder]);
        Directory.Delete(Folder);
    }

    private Task Resize(string size) => ExternalProgram.Run("mount", ["-o", $"remount,size={size}", Folder]);
}
