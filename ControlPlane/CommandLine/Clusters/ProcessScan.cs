using System.Globalization;
using System.Text;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>How a process of a cluster can be told from all others, even when its parent died and its pid was never written down.</summary>
/// <param name="Recorded">Those with a pid file.</param>
/// <param name="ClusterId">The value of <see cref="BackgroundProcess.ClusterVariable"/> in the environment of whatever <c>up</c> started.</param>
/// <param name="NetworkNamespaces">The inodes of the cluster's network namespaces, those of pods among them.</param>
/// <param name="CgroupName">A part of the cgroup path of every container.</param>
public sealed record ProcessMarks(
    IReadOnlySet<ProcessIdentity> Recorded, string ClusterId, IReadOnlySet<string> NetworkNamespaces, string CgroupName);

/// <summary>Looks through <c>/proc</c>.</summary>
internal static class ProcessScan
{
    /// <summary>Every process with one of the marks and all that descend from them; never this process or one it descends from.</summary>
    public static IReadOnlyList<ProcessIdentity> Find(ProcessMarks marks)
    {
        var processes = Running();
        var found = processes.Where(process => Has(marks, process.Identity)).Select(process => process.Identity.Pid).ToHashSet();
        var grown = true;
        while (grown)
        {
            grown = false;
            foreach (var process in processes) grown |= found.Contains(process.Parent) && found.Add(process.Identity.Pid);
        }
        var own = Ancestors(processes);
        return [.. processes.Select(process => process.Identity).Where(process => found.Contains(process.Pid) && !own.Contains(process.Pid))];
    }

    private static List<(ProcessIdentity Identity, int Parent)> Running()
    {
        var processes = new List<(ProcessIdentity, int)>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) && ProcessStat.Read(pid) is { State: not 'Z' } stat)
            {
                processes.Add((new(pid, stat.StartTime), stat.Parent));
            }
        }
        return processes;
    }

    private static HashSet<int> Ancestors(List<(ProcessIdentity Identity, int Parent)> processes)
    {
        var parents = processes.ToDictionary(process => process.Identity.Pid, process => process.Parent);
        var own = new HashSet<int>();
        for (var pid = Environment.ProcessId; pid > 0 && own.Add(pid);) pid = parents.GetValueOrDefault(pid);
        return own;
    }

    private static bool Has(ProcessMarks marks, ProcessIdentity process)
    {
        if (marks.Recorded.Contains(process)) return true;
        try
        {
            var folder = $"/proc/{process.Pid}";
            return Encoding.UTF8.GetString(File.ReadAllBytes($"{folder}/environ")).Split('\0').Contains($"{BackgroundProcess.ClusterVariable}={marks.ClusterId}")
                || File.ReadAllText($"{folder}/cgroup").Contains($"/{marks.CgroupName}/", StringComparison.Ordinal)
                || (File.ResolveLinkTarget($"{folder}/ns/net", false)?.Name is { } space && marks.NetworkNamespaces.Contains(space));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
