using System.Globalization;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>The programs of the PostgreSQL server on this machine, and how they are run.</summary>
public static class PostgresPrograms
{
    /// <summary>The account the server runs as when we are root, which it refuses to be.</summary>
    public const string Account = "postgres";

    private const string Debian = "/usr/lib/postgresql";

    /// <summary>The folder of the newest version's programs, or null where there is none.</summary>
    public static string? Newest() => Versions().OrderDescending().Select(Folder).FirstOrDefault();

    /// <summary>The folder of the programs that can work on the data of this version, or null where there is none.</summary>
    /// <param name="version">A major version, as a data folder's <c>PG_VERSION</c> says it.</param>
    public static string? Of(string version) => Versions().Where(each => each.ToString(CultureInfo.InvariantCulture) == version).Select(Folder).FirstOrDefault();

    /// <summary>The command that runs a program as the account that may; the process that is started becomes the program.</summary>
    public static string[] Command(string program, params IEnumerable<string> arguments) => Environment.IsPrivilegedProcess
        ? ["setpriv", $"--reuid={Account}", $"--regid={Account}", "--init-groups", "--", program, .. arguments]
        : [program, .. arguments];

    private static IEnumerable<int> Versions() => Directory.Exists(Debian)
        ? Directory.GetDirectories(Debian)
            .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Where(version => version > 0 && File.Exists(Path.Combine(Folder(version), "initdb")))
        : [];

    private static string Folder(int version) => Path.Combine(Debian, version.ToString(CultureInfo.InvariantCulture), "bin");
}
