namespace ControlPlane.CommandLine.Clusters;

/// <summary>What a machine needs to run real nodes, or several control planes.</summary>
public static class Requirements
{
    private static readonly (string File, string Package)[] Programs =
    [
        ("containerd", "containerd"),
        ("ctr", "containerd"),
        ("runc", "runc"),
        ("/usr/lib/cni/bridge", "containernetworking-plugins"),
        ("nft", "nftables"),
        ("conntrack", "conntrack"),
        ("/bin/busybox", "busybox-static"),
        ("ip", "iproute2"),
        ("nsenter", "util-linux"),
        ("setsid", "util-linux"),
    ];

    /// <summary>Everything that stands in the way, each a sentence; empty when real nodes can run here.</summary>
    public static IReadOnlyList<string> Missing()
    {
        if (!OperatingSystem.IsLinux()) return ["Real nodes need Linux: network namespaces, cgroups and containerd."];
        var missing = new List<string>();
        if (!Environment.IsPrivilegedProcess) missing.Add("Real nodes need root, for network namespaces and containers.");
        var packages = Programs.Where(program => !Exists(program.File)).Select(program => program.Package).Distinct().ToArray();
        if (packages.Length > 0) missing.Add(Install(packages));
        return missing;
    }

    /// <summary>Everything that stands in the way of several control planes, each a sentence; empty when they can run here.</summary>
    /// <param name="ownDatabase">Whether they need a database server of their own.</param>
    public static IReadOnlyList<string> MissingForSeveral(bool ownDatabase)
    {
        if (!OperatingSystem.IsLinux()) return ["The balancer and the database of several control planes are run on Linux only."];
        var packages = new List<string>();
        if (!Exists("haproxy")) packages.Add("haproxy");
        if (ownDatabase && PostgresPrograms.Newest() is null) packages.Add("postgresql");
        return packages.Count > 0 ? [Install(packages)] : [];
    }

    private static string Install(IEnumerable<string> packages) =>
        $"These packages are not installed: apt-get install --no-install-recommends {string.Join(' ', packages)}";

    /// <summary>The file of a program, or null where it is not installed. An ordinary user's path may lack the folders of servers.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/sbin"]).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static bool Exists(string program) => Find(program) is not null;
}
