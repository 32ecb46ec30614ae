using ControlPlane.CommandLine.Clusters;
using Shared.Processes;

namespace Tests.EndToEnd.Compose;

/// <summary>
/// Stands in for a published image with the ASP.NET Core runtime, made of what this machine has: the runtime these tests run on, and the files of Debian's packages.
/// </summary>
internal static class BaseImage
{
    private const string SearchPath = "/dotnet:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static readonly string[] Packages =
    [
        "bash", "coreutils", "dash", "sed", "grep", "hostname", "findutils", "diffutils", "util-linux", "mount", "base-files", "libc-bin", "libssl3", "libstdc++6", "zlib1g", "ca-certificates",
        "containerd", "runc", "containernetworking-plugins", "nftables", "conntrack", "iproute2", "busybox-static", "haproxy", "curl", "procps",
    ];

    private static readonly string[] Accounts = ["root", "haproxy", "postgres", "nogroup", "nobody"];

    /// <summary>Makes it in the engine.</summary>
    /// <param name="workshop">An empty folder.</param>
    public static async Task Import(DockerEngine engine, string name, string workshop)
    {
        var list = Path.Combine(workshop, "files");
        var postgres = Path.GetFileName(Path.GetDirectoryName(PostgresPrograms.Newest()))!;
        await File.WriteAllLinesAsync(list, (await HostPackages.Files([.. Packages, $"postgresql-{postgres}", $"postgresql-client-{postgres}"])).Select(path => path[1..]));
        var own = Directory.CreateDirectory(Path.Combine(workshop, "own")).FullName;
        await Prepare(own);
        await engine.Run("sh", "-c", $"tar -c -C / --no-recursion -T {list} -C {own} --recursion . | docker import --change 'ENV PATH={SearchPath}' - {name}");
    }

    // What no package holds: links, accounts, what the dynamic linker knows, and the runtime.
    private static async Task Prepare(string root)
    {
        foreach (var folder in new[] { "etc", "run", "proc", "sys", "dev", "tmp", "dotnet" }) Directory.CreateDirectory(Path.Combine(root, folder));
        await ExternalProgram.Run("chmod", ["1777", Path.Combine(root, "tmp")]);
        foreach (var link in new[] { "bin", "sbin", "lib", "lib64" }) File.CreateSymbolicLink(Path.Combine(root, link), $"usr/{link}");
        foreach (var file in new[] { "passwd", "group" })
        {
            var lines = await File.ReadAllLinesAsync($"/etc/{file}");
            await File.WriteAllLinesAsync(Path.Combine(root, "etc", file), lines.Where(line => Accounts.Contains(line.Split(':')[0])));
        }
        await ExternalProgram.Run("cp", ["-a", "/etc/ld.so.cache", "/etc/nsswitch.conf", "/etc/ssl", Path.Combine(root, "etc")]);

        var version = new DirectoryInfo(Path.GetDirectoryName(typeof(object).Assembly.Location)!);
        var dotnet = version.Parent!.Parent!.Parent!.FullName;
        var aspnet = Path.GetDirectoryName(typeof(Microsoft.AspNetCore.Http.HttpContext).Assembly.Location)!;
        var parts = new[] { "dotnet", "host", Path.GetRelativePath(dotnet, version.FullName), Path.GetRelativePath(dotnet, aspnet) };
        await ExternalProgram.Run("sh", ["-c", $"cd '{dotnet}' && cp -a --parents {string.Join(' ', parts)} '{root}/dotnet'"]);
    }
}
