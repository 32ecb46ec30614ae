using System.Globalization;

namespace NodeActor.Agent.Health;

/// <summary>What a machine has left.</summary>
/// <param name="MemoryAvailable">Bytes that programs can have without swapping.</param>
/// <param name="DiskAvailable">Free bytes of the file system that holds pods, of <paramref name="DiskTotal"/>.</param>
/// <param name="Tasks">Processes and threads, of the kernel's most <paramref name="MostTasks"/>.</param>
public sealed record NodeFigures(long MemoryAvailable, long DiskAvailable, long DiskTotal, long Tasks, long MostTasks)
{
    /// <summary>Reads this machine.</summary>
    /// <param name="directory">Lies in the file system that holds pods.</param>
    /// <exception cref="IOException">The kernel does not tell.</exception>
    public static NodeFigures Read(string directory)
    {
        var disk = new DriveInfo(Path.GetFullPath(directory));
        return new(
            ParseMemory(File.ReadLines("/proc/meminfo")), disk.AvailableFreeSpace, disk.TotalSize,
            ParseTasks(File.ReadAllText("/proc/loadavg")), long.Parse(File.ReadAllText("/proc/sys/kernel/pid_max"), CultureInfo.InvariantCulture));
    }

    /// <summary>MemAvailable of proc(5)'s <c>meminfo</c>, in bytes.</summary>
    public static long ParseMemory(IEnumerable<string> lines) =>
        lines.FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)) is { } found
            ? long.Parse(found.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024
            : throw new IOException("meminfo has no MemAvailable");

    /// <summary>How many tasks there are: behind the slash of proc(5)'s <c>loadavg</c>.</summary>
    public static long ParseTasks(string line) => long.Parse(line.Split(' ')[3].Split('/')[1], CultureInfo.InvariantCulture);
}
