using Shared.Processes;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>
/// Takes a cluster off the machine: processes, containers, mounts, network, cgroups. It trusts no record, since any part may have crashed: what
/// belongs to the cluster is found by the cluster's id. The data directory's objects, identity and logs stay.
/// </summary>
public sealed class ClusterTeardown(ClusterFolder folder)
{
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DatabasePatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(15);

    private readonly string _prefix = $"ak{folder.Id}";
    private readonly string _cgroup = $"actors-{folder.Id}";

    /// <summary>Stops and removes everything, and returns what could not be removed; empty when nothing is left.</summary>
    public async Task<IReadOnlyList<string>> Run(CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux()) return StopRecorded();
        await StopControlPlanes(stop);
        await StopDatabase(new(folder, ClusterProcesses.Database), stop);
        await KillAll(stop);
        await Waiting.Until(() => AbandonedMemory.TryRemove(folder.DatabaseData, stop), GracePeriod, stop);
        var sockets = ShimSockets();
        foreach (var mount in OwnMounts()) MountTable.Unmount(mount);
        await NodeNetworks.Remove(_prefix, stop);
        await Waiting.Until(() => Cgroups.TryRemove(_cgroup), KillPatience, stop);
        RemoveFiles(sockets);
        return Left();
    }

    /// <summary>What the machine still has of the cluster.</summary>
    public IReadOnlyList<string> Left() =>
    [
        .. ProcessScan.Find(Marks()).Select(process => $"process {process.Pid}"),
        .. OwnMounts().Select(mount => $"mount {mount.MountPoint}"),
        .. NodeNetworks.Links(_prefix).Select(link => $"interface {link}"),
        .. NodeNetworks.Namespaces(_prefix).Select(space => $"network namespace {space}"),
        .. Cgroups.Of(_cgroup).Select(path => $"cgroup {path}"),
        .. NetworkResults().Select(path => $"file {path}"),
    ];

    /// <summary>Ends the database of a cluster, if it runs: its clients are sent away and what it holds in memory goes to the disk.</summary>
    public static async Task StopDatabase(BackgroundProcess database, CancellationToken stop)
    {
        if (database.Running is not { } running) return;
        Signals.SendInterrupt(running);
        await Waiting.Until(() => !running.IsAlive, DatabasePatience, stop);
    }

    private async Task StopControlPlanes(CancellationToken stop)
    {
        var running = BackgroundProcess.Recorded(folder)
            .Where(process => ClusterProcesses.IsControlPlane(process.Name)).Select(process => process.Running).OfType<ProcessIdentity>().ToArray();
        foreach (var process in running) Signals.SendTerminate(process);
        await Waiting.Until(() => !running.Any(process => process.IsAlive), GracePeriod, stop);
    }

    private async Task KillAll(CancellationToken stop)
    {
        var marks = Marks();
        // Again and again: a process that was just starting another may have been faster than the scan.
        await Waiting.Until(
            () =>
            {
                var found = ProcessScan.Find(marks);
                foreach (var process in found) Signals.SendKill(process);
                return found.Count == 0;
            },
            KillPatience,
            stop);
    }

    private IReadOnlyList<string> StopRecorded()
    {
        foreach (var process in BackgroundProcess.Recorded(folder))
        {
            if (process.Running is { } running) Signals.SendKill(running);
            process.Forget();
        }
        return [];
    }

    private ProcessMarks Marks() => new(
        BackgroundProcess.Recorded(folder).Select(process => process.Present).OfType<ProcessIdentity>().ToHashSet(), folder.Id, OwnNamespaces(), _cgroup);

    // A namespace is a file of the file system nsfs: mounted where a pod's lies, /run/netns/NAME where a node's does.
    private HashSet<string> OwnNamespaces() =>
        [.. MountTable.Parse(File.ReadAllLines("/proc/self/mountinfo"))
            .Where(mount => mount.FileSystem == "nsfs")
            .Where(mount => mount.MountPoint.StartsWith($"/run/netns/{_prefix}-", StringComparison.Ordinal)
                || mount.MountPoint.StartsWith(folder.RunDirectory + "/", StringComparison.Ordinal))
            .Select(mount => mount.Root)];

    private IReadOnlyList<Mount> OwnMounts() => MountTable.Below(folder.RunDirectory, folder.Nodes);

    // A shim that was killed leaves its socket in /run/containerd/s, under a name that only its bundle tells.
    private List<string> ShimSockets()
    {
        if (!Directory.Exists(folder.RunDirectory)) return [];
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 6, IgnoreInaccessible = true };
        return [.. Directory.EnumerateFiles(folder.RunDirectory, "address", options)
            .Select(file => File.ReadAllText(file).Trim())
            .Where(address => address.StartsWith("unix:///run/containerd/s/", StringComparison.Ordinal))
            .Select(address => address["unix://".Length..])];
    }

    // CNI notes what it gave to each pod, with the path of the pod's network namespace.
    private IReadOnlyList<string> NetworkResults()
    {
        const string results = "/var/lib/cni/results";
        return Directory.Exists(results)
            ? [.. Directory.GetFiles(results).Where(file => File.ReadAllText(file).Contains($"\"{folder.RunDirectory}/", StringComparison.Ordinal))]
            : [];
    }

    private void RemoveFiles(List<string> sockets)
    {
        foreach (var socket in sockets) File.Delete(socket);
        foreach (var result in NetworkResults()) File.Delete(result);
        foreach (var path in new[] { folder.RunDirectory, folder.Nodes, folder.PidFiles })
        {
            if (Directory.Exists(path) && MountTable.Below(path).Count == 0) Directory.Delete(path, recursive: true);
        }
    }
}
