namespace ControlPlane.CommandLine.Clusters;

/// <summary>What a machine needs to run real nodes.</summary>
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
        if (packages.Length > 0) missing.Add($"These packages are not installed: apt-get install --no-install-recommends {string.Join(' ', packages)}");
        return missing;
    }

    private static bool Exists(string program) => Path.IsPathRooted(program)
        ? File.Exists(program)
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/sbin"]).Any(folder => File.Exists(Path.Combine(folder, program)));
}
