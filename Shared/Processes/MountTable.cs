using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Shared.Processes;

/// <summary>One line of proc(5)'s <c>mountinfo</c>. <paramref name="Root"/> of a namespace file is <c>net:[4026532008]</c>.</summary>
public sealed record Mount(string Root, string MountPoint, string FileSystem);

/// <summary>The mounts of this machine.</summary>
public static partial class MountTable
{
    private const int Detach = 2;

    /// <summary>The mounts below any of these folders, inner ones first.</summary>
    public static IReadOnlyList<Mount> Below(params IReadOnlyCollection<string> folders) =>
        [.. Parse(File.ReadAllLines("/proc/self/mountinfo"))
            .Where(mount => folders.Any(folder => mount.MountPoint.StartsWith(folder + "/", StringComparison.Ordinal)))
            .Reverse()];

    /// <summary>The mounts on exactly this folder, the one that is seen there first.</summary>
    public static IReadOnlyList<Mount> At(string folder) =>
        [.. Parse(File.ReadAllLines("/proc/self/mountinfo")).Where(mount => mount.MountPoint == folder).Reverse()];

    /// <summary>Reads <c>mountinfo</c>; the order is that of mounting.</summary>
    public static IEnumerable<Mount> Parse(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-");
            yield return new Mount(Unescape(fields[3]), Unescape(fields[4]), fields[separator + 1]);
        }
    }

    /// <summary>Takes a mount away at once, even when something still uses it.</summary>
    public static void Unmount(Mount mount) => _ = NativeUnmount(mount.MountPoint, Detach);

    // Blanks, tabs, line ends and backslashes are written as octal numbers.
    private static string Unescape(string text) => Octal().Replace(text, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();

    [DllImport("libc", EntryPoint = "umount2", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int NativeUnmount(string target, int flags);
}
