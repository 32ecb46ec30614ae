using System.Globalization;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>The command lines of a cluster's own processes.</summary>
internal static class ClusterProcesses
{
    /// <summary>The name of the pid and log file of a control plane that runs alone.</summary>
    public const string ControlPlane = "control-plane";

    /// <summary>The name of the server that several control planes keep their objects in.</summary>
    public const string Database = "database";

    /// <summary>The name of the process before several control planes.</summary>
    public const string Balancer = "balancer";

    /// <summary>The name of the process that hosts all hollow nodes.</summary>
    public const string HollowNodes = "hollow-nodes";

    /// <summary>A connection string is told in the environment: everybody may read a command line.</summary>
    public const string DatabaseVariable = "ACTORS_DATABASE";

    /// <summary>The process of one node's agent.</summary>
    public static string Agent(ClusterNode node) => $"{node.Name}-agent";

    /// <summary>The process of a control plane.</summary>
    public static string Member(ClusterDescription cluster, ClusterMember member) => cluster.IsAlone ? ControlPlane : $"{ControlPlane}-{member.Index}";

    /// <summary>Whether a process of this name is a control plane.</summary>
    public static bool IsControlPlane(string name) => name == ControlPlane || name.StartsWith(ControlPlane + "-", StringComparison.Ordinal);

    /// <summary>How a control plane is started: one of several knows all of them and the balancer, and has a data folder and, with real nodes, a network of its own.</summary>
    public static string[] MemberCommand(ClusterFolder folder, ClusterDescription cluster, ClusterMember member) =>
    [
        .. cluster.IsAlone || cluster.Runtime == ClusterRuntime.Hollow ? [] : NodeNetworks.Enter(cluster, member),
        .. Program("ControlPlane"), "serve",
        "--data", cluster.IsAlone ? folder.Path : folder.MemberFolder(member),
        "--port", Number(member.Port),
        "--address", member.Address,
        "--remote-port", Number(member.RemotePort),
        "--agent-port", Number(member.AgentPort),
        .. cluster.IsAlone ? [] : cluster.Members.SelectMany(each => (string[])["--seed", $"{each.Address}:{Number(each.RemotePort)}"]),
        .. cluster.IsAlone ? Array.Empty<string>() : ["--balancer", $"{cluster.ControlPlaneAddress}:{Number(cluster.Port)}"],

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
        .. Seeds(cluster),
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
        .. Seeds(cluster),
        "--data", Path.Combine(folder.Nodes, "hollow"),
        "--volatile", Path.Combine(folder.Nodes, "hollow-volatile"),
        "--certificate", certificate,
        "--authority", authority,
        "--runtime", "hollow",
    ];

    private static IEnumerable<string> Seeds(ClusterDescription cluster) =>
        cluster.ControlPlanes.SelectMany(member => (string[])["--seed", $"{member.Address}:{Number(member.AgentPort)}"]);

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
