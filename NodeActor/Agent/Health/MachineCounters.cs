using System.Globalization;

namespace NodeActor.Agent.Health;

/// <summary>What a machine has used so far. Nodes that share a machine each tell the whole machine's.</summary>
/// <param name="Cpu">Time that its processors were busy since its start, together.</param>
/// <param name="MemoryBytes">What is in use and could not be had by programs: MemTotal without MemAvailable, which comes close to the working set that a kubelet reads from the root cgroup.</param>
public sealed record MachineCounters(TimeSpan Cpu, long MemoryBytes)
{
    // proc(5) counts in USER_HZ, which is 100 a second on every architecture that .NET runs on.
    private static readonly TimeSpan Jiffy = TimeSpan.FromMilliseconds(10);

    /// <summary>Reads this machine.</summary>
    /// <exception cref="IOException">The kernel does not tell.</exception>
    public static MachineCounters Read() => new(ParseCpu(File.ReadLines("/proc/stat")), ParseMemory(File.ReadLines("/proc/meminfo")));

    /// <summary>
    /// The busy time in the first line of proc(5)'s <c>stat</c>: user, nice, system, irq and softirq. Guests are part of user; what a hypervisor took (steal) was nobody's here.
    /// </summary>
    public static TimeSpan ParseCpu(IEnumerable<string> lines)
    {
        if (lines.FirstOrDefault()?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not ["cpu", var user, var nice, var system, _, _, var irq, var softIrq, ..])
        {
            throw new IOException("stat has no line of all processors");
        }
        return Jiffy * (Number(user) + Number(nice) + Number(system) + Number(irq) + Number(softIrq));
    }

    /// <summary>MemTotal without MemAvailable of proc(5)'s <c>meminfo</c>, in bytes.</summary>
    public static long ParseMemory(IEnumerable<string> lines)
    {
        var (total, available) = (-1L, -1L);
        foreach (var line in lines)
        {
            if (line.StartsWith("MemTotal:", StringComparison.Ordinal)) total = Kibibytes(line);
            else if (line.StartsWith("MemAvailable:", StringComparison.Ordinal)) available = Kibibytes(line);
            if (total >= 0 && available >= 0) return Math.Max(0, total - available);
        }
        throw new IOException("meminfo has no MemTotal or no MemAvailable");
    }

    private static long Kibibytes(string line) => Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
