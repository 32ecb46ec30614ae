using Shared.Processes;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>
/// The wires between the machine and its nodes: one bridge in the root namespace, and for each node a network namespace with a cable to the
/// bridge as its <c>eth0</c>. Everything here may be called again: it makes only what is missing.
/// </summary>
internal static class NodeNetworks
{
    // Pods reach each other and the services through their node, which routes; the bridge settings make replies of a pod on the same bridge pass the
    // node's address translation too, and need the br_netfilter module.
    private const string Sysctls = """
        echo 1 > /proc/sys/net/ipv4/ip_forward
        for f in /proc/sys/net/bridge/bridge-nf-call-iptables; do [ -e $f ] && echo 1 > $f; done
        true
        """;

    /// <summary>Makes the bridge with the control plane's address.</summary>
    public static async Task EnsureBridge(ClusterDescription cluster, CancellationToken stop)
    {
        if (LinkExists(cluster.Bridge)) return;
        if (!Directory.Exists("/proc/sys/net/bridge")) await ExternalProgram.TryRun("modprobe", ["br_netfilter"], stop: stop);
        await Ip([], $"""
            link add {cluster.Bridge} type bridge
            addr add {cluster.ControlPlaneAddress}/24 dev {cluster.Bridge}
            link set {cluster.Bridge} up

            """, stop);
    }

    /// <summary>Makes a node's namespace and its cable.</summary>
    public static async Task EnsureNode(ClusterDescription cluster, ClusterNode node, CancellationToken stop)
    {
        var space = cluster.NetworkNamespace(node);
        if (!await Ensure(cluster, space, cluster.Cable(node), node.Address, stop)) return;
        await ExternalProgram.Run("nsenter", [$"--net={NamespaceFile(space)}", "/bin/sh", "-c", Sysctls], stop: stop);
    }

    /// <summary>Makes the namespace and the cable of one of several control planes.</summary>
    public static Task EnsureMember(ClusterDescription cluster, ClusterMember member, CancellationToken stop) =>
        Ensure(cluster, cluster.NetworkNamespace(member), cluster.Cable(member), member.Address, stop);

    /// <summary>
    /// What to put before a command so that it runs in a node's network. Not <c>ip netns exec</c>: that mounts <c>/sys</c> anew and hides the cgroups.
    /// </summary>
    public static IEnumerable<string> Enter(ClusterDescription cluster, ClusterNode node) =>
        Enter(cluster.NetworkNamespace(node));

    /// <summary>What to put before a command so that it runs in a control plane's network.</summary>
    public static IEnumerable<string> Enter(ClusterDescription cluster, ClusterMember member) => Enter(cluster.NetworkNamespace(member));

    /// <summary>Removes the bridge, the cables and the namespaces whose names hold the cluster's id.</summary>
    public static async Task Remove(string prefix, CancellationToken stop)
    {
        foreach (var link in Links(prefix).OrderByDescending(name => name.Length))
        {
            await ExternalProgram.TryRun("ip", ["link", "del", link], stop: stop);
        }
        foreach (var space in Namespaces(prefix)) await ExternalProgram.TryRun("ip", ["netns", "del", space], stop: stop);
    }

    /// <summary>The interfaces of the root namespace that belong to the cluster.</summary>
    public static IReadOnlyList<string> Links(string prefix) => Names("/sys/class/net", prefix);

    /// <summary>The network namespaces that belong to the cluster.</summary>
    public static IReadOnlyList<string> Namespaces(string prefix) => Names("/run/netns", prefix);

    /// <summary>The file that stands for a namespace.</summary>
    public static string NamespaceFile(string name) => $"/run/netns/{name}";

    // False when it was there already.
    private static async Task<bool> Ensure(ClusterDescription cluster, string space, string cable, string address, CancellationToken stop)
    {
        if (!File.Exists(NamespaceFile(space))) await ExternalProgram.Run("ip", ["netns", "add", space], stop: stop);
        if (LinkExists(cable)) return false;
        await Ip([], $"""
            link add {cable} type veth peer name eth0 netns {space}
            link set {cable} master {cluster.Bridge} up

            """, stop);
        await Ip(["-n", space], $"""
            link set lo up
            addr add {address}/24 dev eth0
            link set eth0 up
            route add default via {cluster.ControlPlaneAddress}

            """, stop);
        return true;
    }

    private static IEnumerable<string> Enter(string space) => ["nsenter", $"--net={NamespaceFile(space)}"];

    private static string[] Names(string folder, string prefix) =>
        Directory.Exists(folder) ? [.. Directory.GetFileSystemEntries(folder, prefix + "*").Select(path => Path.GetFileName(path))] : [];

    private static bool LinkExists(string name) => Directory.Exists($"/sys/class/net/{name}");

    private static Task Ip(string[] options, string batch, CancellationToken stop) =>
        ExternalProgram.Run("ip", [.. options, "-batch", "-"], batch, stop);
}
