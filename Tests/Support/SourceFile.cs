namespace Tests.Support;

/// <summary>Finds files of the project that tests read: examples and documentation.</summary>
internal static class SourceFile
{
    /// <summary>The file at a path below the project's folder, which lies somewhere above the tests.</summary>
    public static string At(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "actors.sln"))) return Path.Combine(folder.FullName, path);
        }
        throw new FileNotFoundException($"There is no {path} above the tests.");
    }
}
