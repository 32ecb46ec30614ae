namespace NodeActor.Volumes;

/// <summary>Resolves paths that a container may have written links into.</summary>
internal static class SafePath
{
    private const int MostLinks = 40;

    /// <summary>The path with every symbolic link in it resolved; parts that do not exist stay as they are.</summary>
    /// <exception cref="IOException">Too many links.</exception>
    public static string Real(string path)
    {
        var pending = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var real = "/";
        var links = 0;
        while (pending.TryPop(out var part))
        {
            if (part == ".") continue;
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? "/";
                continue;
            }
            var next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > MostLinks) throw new IOException($"too many symbolic links in {path}");
            if (Path.IsPathRooted(target)) real = "/";
            foreach (var piece in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse()) pending.Push(piece);
        }
        return real;
    }

    /// <summary>The real path of something inside a folder, or null if it leads out of it.</summary>
    public static string? Inside(string folder, string path)
    {
        if (Path.IsPathRooted(path) || path.Split('/').Contains("..")) return null;
        var root = Real(folder);
        var real = Real(Path.Combine(folder, path));
        return real == root || real.StartsWith(root + "/", StringComparison.Ordinal) ? real : null;
    }
}
