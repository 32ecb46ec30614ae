namespace NodeActor.Volumes;

/// <summary>
/// Writes a set of files so that a reader sees all of the old or all of the new: they go into a folder of their own, and the link
/// <c>..data</c>, through which every visible name leads, is switched to it by one rename. This is the layout Kubernetes' volumes have, which
/// programs that watch for changes rely on.
/// </summary>
internal static class AtomicFolder
{
    private const string Data = "..data";

    /// <summary>Whether files were written there.</summary>
    public static bool IsWritten(string folder) => new DirectoryInfo(Path.Combine(folder, Data)).LinkTarget is not null;

    /// <summary>Makes the folder hold exactly these files. Writes nothing if it does already.</summary>
    /// <param name="group">The group that gets read access; null for none.</param>
    /// <exception cref="IOException">A path leads out of the folder.</exception>
    public static void Write(string folder, IReadOnlyList<ProjectedFile> files, long? group)
    {
        Directory.CreateDirectory(folder);
        var current = new DirectoryInfo(Path.Combine(folder, Data)).LinkTarget is { } target ? Path.Combine(folder, target) : null;
        if (current is not null && Same(current, files)) return;

        var name = $"..{Guid.NewGuid():N}";
        var version = Path.Combine(folder, name);
        Directory.CreateDirectory(version);
        foreach (var file in files) WriteOne(version, file, group);

        var link = Path.Combine(folder, "..data_new");
        File.Delete(link);
        File.CreateSymbolicLink(link, name);
        PosixFiles.Rename(link, Path.Combine(folder, Data));

        var tops = files.Select(one => one.Path.Split('/')[0]).ToHashSet(StringComparer.Ordinal);
        foreach (var top in tops)
        {
            var visible = Path.Combine(folder, top);
            if (new FileInfo(visible).LinkTarget is null && !Path.Exists(visible)) File.CreateSymbolicLink(visible, Path.Combine(Data, top));
        }
        foreach (var old in Directory.EnumerateFileSystemEntries(folder).ToArray())
        {
            var entry = Path.GetFileName(old);
            if (entry != Data && entry != name && !tops.Contains(entry)) Remove(old);
        }
    }

    private static void WriteOne(string version, ProjectedFile file, long? group)
    {
        var path = SafePath.Inside(version, file.Path) ?? throw new IOException($"the path {file.Path} leads out of its volume");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var stream = new FileStream(path, options)) stream.Write(file.Content);
        var mode = (UnixFileMode)(file.Mode & 0xFFF);
        if (group is { } id)
        {
            PosixFiles.SetGroup(path, id);
            mode |= UnixFileMode.UserRead | UnixFileMode.GroupRead;
        }
        File.SetUnixFileMode(path, mode);
    }

    private static bool Same(string current, IReadOnlyList<ProjectedFile> files)
    {
        if (!Directory.Exists(current)) return false;
        var there = Directory.EnumerateFiles(current, "*", SearchOption.AllDirectories).Select(one => Path.GetRelativePath(current, one)).ToHashSet(StringComparer.Ordinal);
        return there.SetEquals(files.Select(one => one.Path)) && files.All(one => File.ReadAllBytes(Path.Combine(current, one.Path)).AsSpan().SequenceEqual(one.Content));
    }

    private static void Remove(string path)
    {
        if (new FileInfo(path).LinkTarget is not null || File.Exists(path)) File.Delete(path);
        else PodFolders.Delete(path);
    }
}
