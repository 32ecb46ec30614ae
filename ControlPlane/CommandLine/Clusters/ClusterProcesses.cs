using System.Globalization;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>The command lines of a cluster's own processes.</summary>
internal static class ClusterProcesses
{
    /// <summary>The name of the control plane's pid and log file.</summary>
    public const string ControlPlane = "control-plane";

    /// <summary>The name of the process that hosts all hollow nodes.</summary>
    public const string HollowNodes = "hollow-nodes";

    /// <summary>A connection string is told in the environment: everybody may read a command line.</summary>
    public const string DatabaseVariable = "ACTORS_DATABASE";

    /// <summary>The process of one node's agent.</summary>
    public static string Agent(ClusterNode node) => $"{node.Name}-agent";

    /// <summary>How the control plane is started.</summary>
    public static string[] ControlPlaneCommand(ClusterFolder folder, ClusterDescription cluster) =>
    [
        .. Program("ControlPlane"), "serve",
        "--data", folder.Path,
        "--port", Number(cluster.Port),
        "--address", cluster.ControlPlaneAddress,
        "--remote-port", Number(cluster.RemotePort),
        "--agent-port", Number(cluster.AgentPort),

        // Simulated nodes may be thousands, and their addresses lead nowhere.
        .. cluster.Runtime == ClusterRuntime.Hollow ? ["--pod-cidr", "10.128.0.0/10"] : Array.Empty<string>(),
        .. cluster.NodeLeaseGrace is { } grace ? ["--node-lease-grace", grace] : Array.Empty<string>(),
    ];

    /// <summary>How the agent of a node with containerd is started, in that node's network.</summary>
    public static string[] AgentCommand(ClusterFolder folder, ClusterDescription cluster, ClusterNode node, string certificate, string authority) =>
    [
        .. NodeNetworks.Enter(cluster, node),
        .. Program("NodeActor"),
        "--name", node.Name,
        "--address", node.Address,
        "--seed", Seed(cluster),
        "--data", Path.Combine(folder.NodeFolder(node), "agent"),
        "--volatile", Path.Combine(folder.NodeRunFolder(node), "volatile"),
        "--certificate", certificate,
        "--authority", authority,
        "--runtime", "containerd",
        "--containerd", folder.ContainerdSocket(node),
        "--cni-config", NodeContainerd.NetworkConfiguration(folder, node),
        "--cgroup", $"/{cluster.CgroupName}/{node.Name}",
        "--network-name", $"{cluster.CgroupName}-{node.Name}",
    ];

    /// <summary>How the one process with all hollow nodes is started.</summary>
    public static string[] HollowCommand(ClusterFolder folder, ClusterDescription cluster, string certificate, string authority) =>
    [
        .. Program("NodeActor"),
        "--name", "node",
        "--count", Number(cluster.Nodes.Length),
        "--address", cluster.ControlPlaneAddress,
        "--seed", Seed(cluster),
        "--data", Path.Combine(folder.Nodes, "hollow"),
        "--volatile", Path.Combine(folder.Nodes, "hollow-volatile"),
        "--certificate", certificate,
        "--authority", authority,
        "--runtime", "hollow",
    ];

    private static string Seed(ClusterDescription cluster) => $"{cluster.ControlPlaneAddress}:{Number(cluster.AgentPort)}";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>How one of the programs is started. Both lie in one folder when they were published or are under test, else each in its project's.</summary>
    internal static string[] Program(string name)
    {
        var here = AppContext.BaseDirectory;
        var beside = Path.Combine(here, name + ".dll");
        var built = Path.GetFullPath(Path.Combine(here, "../../../..", name, "bin", Path.GetRelativePath(Path.Combine(here, "../.."), here), name + ".dll"));
        var file = File.Exists(beside) ? beside : built;
        if (!File.Exists(file)) throw new CommandFailedException($"{name} is not built: there is no {file}.");
        return [Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", file];
    }
}
