using System.Globalization;
using Shared.Processes;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>
/// The System V memory segment by which a PostgreSQL server keeps a second one off its data, and the file that tells of it. A server that was killed leaves both;
/// as long as one of its children is attached, the data is theirs.
/// </summary>
internal static class AbandonedMemory
{
    private const int FirstLine = 0;
    private const int SegmentLine = 6;

    /// <summary>Removes what a dead server left; false, and nothing is removed, while the server or a child of it lives.</summary>
    /// <param name="data">The server's data folder.</param>
    public static async Task<bool> TryRemove(string data, CancellationToken stop)
    {
        var file = Path.Combine(data, "postmaster.pid");
        if (!File.Exists(file)) return true;
        var server = await File.ReadAllLinesAsync(file, stop);
        if (server.Length > 0 && int.TryParse(server[FirstLine], CultureInfo.InvariantCulture, out var pid) && ProcessIdentity.Of(pid) is not null) return false;
        var segment = Segment(server, await File.ReadAllLinesAsync("/proc/sysvipc/shm", stop));
        if (segment is { InUse: true }) return false;
        if (segment is { Id: var id }) await ExternalProgram.TryRun("ipcrm", ["-m", id], stop: stop);
        File.Delete(file);
        return true;
    }

    /// <summary>The server's segment, or null when it is gone. Ids are given anew after a reboot: key, id and maker must be those the server noted.</summary>
    /// <param name="server">The lines of <c>postmaster.pid</c>: the first is the server's pid, the seventh its segment's key and id.</param>
    /// <param name="segments">The lines of <c>/proc/sysvipc/shm</c>: key, id, mode, size, the maker's pid, the last user's pid, how many are attached, ...</param>
    public static (string Id, bool InUse)? Segment(IReadOnlyList<string> server, IEnumerable<string> segments)
    {
        if (server.Count <= SegmentLine || Words(server[SegmentLine]) is not [var key, var id]) return null;
        var found = segments.Select(Words).FirstOrDefault(words => words.Length > 6 && SameKey(words[0], key) && words[1] == id && words[4] == server[FirstLine].Trim());
        return found is null ? null : (id, found[6] != "0");
    }

    // The kernel shows it as a signed number, the server as an unsigned one.
    private static bool SameKey(string shown, string noted) => int.TryParse(shown, out var key) && ulong.TryParse(noted, out var number) && unchecked((int)number) == key;

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
