using Shared.Processes;

namespace Tests.EndToEnd.Compose;

/// <summary>The Debian packages of this machine, as far as an image needs them.</summary>
internal static class HostPackages
{
    // They come with packages that work without them, and are large.
    private static readonly string[] Spared = ["libllvm", "libz3", "perl", "libperl", "python", "libpython", "postgresql-common", "postgresql-client-common", "debconf", "ucf", "ssl-cert"];

    private static readonly string[] Unread = ["/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/", "/usr/share/info/", "/usr/share/bash-completion/", "/usr/share/zoneinfo/"];

    /// <summary>The files and folders of these packages and of all they depend on, by their real paths; none below /etc, /run and the like, which an image has of its own.</summary>
    public static async Task<IReadOnlyCollection<string>> Files(params IEnumerable<string> packages)
    {
        var needs = await Needs();
        var all = new HashSet<string>();
        var open = new Stack<string>(packages);
        while (open.TryPop(out var package))
        {
            if (Spared.Any(spared => package.StartsWith(spared, StringComparison.Ordinal)) || !needs.TryGetValue(package, out var others) || !all.Add(package)) continue;
            foreach (var other in others) open.Push(other);
        }
        var listed = await ExternalProgram.Run("dpkg", ["-L", .. all]);
        return listed.Split('\n').Select(Merged).Where(IsWanted).ToHashSet();
    }

    private static async Task<Dictionary<string, string[]>> Needs()
    {
        var lines = await ExternalProgram.Run("dpkg-query", ["-W", "-f", "${db:Status-Status}\t${Package}\t${Pre-Depends}, ${Depends}\n"]);
        return lines.Split('\n').Select(line => line.Split('\t')).Where(fields => fields is ["installed", _, _]).DistinctBy(fields => fields[1])
            .ToDictionary(fields => fields[1], fields => fields[2].Split(',', '|').Select(need => need.Trim().Split(' ', ':', '(')[0]).ToArray());
    }

    // Packages still say /bin and /lib, which lead to those of /usr.
    private static string Merged(string path) => path.Split('/') is ["", "bin" or "sbin" or "lib" or "lib64", _, ..] ? "/usr" + path : path;

    private static bool IsWanted(string path) =>
        path.Split('/') is ["", "usr" or "var" or "opt", _, ..] && !Unread.Any(unread => path.StartsWith(unread, StringComparison.Ordinal)) && (Path.Exists(path) || File.ResolveLinkTarget(path, false) is not null)
        && path is not "/var/tmp" and not "/var/run" and not "/var/lock";
}
