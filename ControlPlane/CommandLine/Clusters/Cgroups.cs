namespace ControlPlane.CommandLine.Clusters;

/// <summary>The cgroups of a cluster's containers, in every hierarchy the machine has (one with cgroup v2, one per controller with v1).</summary>
internal static class Cgroups
{
    private const string Mount = "/sys/fs/cgroup";

    /// <summary>The cluster's cgroup in each hierarchy.</summary>
    public static IReadOnlyList<string> Of(string name) => Directory.Exists(Mount)
        ? [.. Directory.GetDirectories(Mount).Append(Mount).Select(hierarchy => Path.Combine(hierarchy, name)).Where(Directory.Exists)]
        : [];

    /// <summary>Removes them; false when a process is still in one.</summary>
    public static bool TryRemove(string name)
    {
        foreach (var folder in Of(name)) RemoveEmpty(folder);
        return Of(name).Count == 0;
    }

    private static void RemoveEmpty(string folder)
    {
        try
        {
            foreach (var inner in Directory.GetDirectories(folder)) RemoveEmpty(inner);
            Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Busy for as long as a killed process is on its way out: the caller asks again.
        }
    }
}
