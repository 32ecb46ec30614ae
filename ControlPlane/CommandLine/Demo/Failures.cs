using System.Globalization;
using ControlPlane.CommandLine.Clusters;
using Shared.Processes;

namespace ControlPlane.CommandLine.Demo;

/// <summary>The harm the story does: what a power cut or a bug does to a machine, without a word to anybody.</summary>
internal sealed class Failures(LocalCluster cluster)
{
    /// <summary>Kills a node's agent and every process of its containers, and tells how many there were.</summary>
    public int KillNode(ClusterNode node)
    {
        Kill(ClusterProcesses.Agent(node));
        var killed = 0;
        foreach (var process in ContainerProcesses(node))
        {
            Signals.SendKill(process);
            killed++;
        }
        return killed;
    }

    /// <summary>Kills the control plane.</summary>
    public void KillControlPlane() => Kill(ClusterProcesses.ControlPlane);

    /// <summary>Kills one of several control planes.</summary>
    public void KillControlPlane(ClusterMember member) => Kill(ClusterProcesses.Member(cluster.Description, member));

    /// <summary>Kills the database server, as if the machine had lost its power.</summary>
    public void KillDatabase() => Kill(ClusterProcesses.Database);

    /// <summary>The ids of the containers that run on a node, as its containerd tells.</summary>
    public async Task<string> RunningContainers(ClusterNode node, CancellationToken stop) =>
        await ExternalProgram.Run("ctr", ["--address", cluster.Folder.ContainerdSocket(node), "--namespace", "k8s.io", "tasks", "list"], stop: stop);

    private void Kill(string name)
    {
        var process = new BackgroundProcess(cluster.Folder, name).Running ?? throw new CommandFailedException($"{name} does not run, so it can't be killed.");
        Signals.SendKill(process);
    }

    private IEnumerable<ProcessIdentity> ContainerProcesses(ClusterNode node) =>
        Cgroups.Of(cluster.Description.CgroupName)
            .Select(folder => Path.Combine(folder, node.Name))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "cgroup.procs", SearchOption.AllDirectories))
            .SelectMany(File.ReadAllLines)
            .Distinct()
            .Select(pid => ProcessIdentity.Of(int.Parse(pid, CultureInfo.InvariantCulture)))
            .OfType<ProcessIdentity>()
            .ToArray();
}
