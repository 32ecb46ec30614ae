using ControlPlane.CommandLine.Clusters;
using ControlPlane.Hosting;
using ControlPlane.Journal.Backups;
using Shared.Hosting;

namespace ControlPlane.CommandLine.Backups;

/// <summary>
/// The keys of a cluster beside its backup. Its Secrets are encrypted with one of them, and nobody believes control planes that have another authority: without them a
/// backup is not a cluster.
/// </summary>
internal static class BackupKeys
{
    /// <summary>What the user must keep, or bring.</summary>
    public const string All = "pki/ca.pem, pki/agents.key, pki/admin.token and secrets.keys";

    /// <summary>The files of a folder, which are those of the cluster with these fingerprints.</summary>
    /// <exception cref="CommandFailedException">One is missing or another one.</exception>
    public static IReadOnlyList<BackupKeyFile> Read(ClusterFolder folder, IReadOnlyDictionary<string, string> cluster)
    {
        if (BackupFormat.KeyFiles.FirstOrDefault(file => Text(folder, file) is null) is { } missing)
        {
            throw new CommandFailedException($"--keys puts the keys of {folder.Path} into the backup, and {missing} is missing there. Name the data folder of a control plane with --data.");
        }
        var faults = SharedIdentity.Faults(Fingerprints(folder.Path, file => Text(folder, file)), cluster);
        if (faults.Length > 0) throw new CommandFailedException($"The keys in {folder.Path} are not those of the database: {string.Join("; ", faults)}. Name the data folder of one of its control planes with --data.");
        return [.. BackupFormat.KeyFiles.Select(file => new BackupKeyFile(file, Text(folder, file)!))];
    }

    /// <summary>Whether a folder, with what the backup brings along, has the keys of the backup's cluster.</summary>
    /// <exception cref="CommandFailedException">It has not; the message says which files are needed. Nothing was changed.</exception>
    public static void Check(ClusterFolder folder, BackupReader backup)
    {
        var brought = backup.KeyFiles.ToDictionary(file => file.Path, file => file.Text);
        if (brought.FirstOrDefault(file => Text(folder, file.Key) is { } there && there != file.Value).Key is { } other)
        {
            throw new CommandFailedException($"{At(folder, other)} is another one than the backup brings along. Restore into another --data, or move the keys of {folder.Path} away.");
        }
        var faults = SharedIdentity.Faults(Fingerprints(folder.Path, file => Text(folder, file) ?? brought.GetValueOrDefault(file)), backup.Fingerprints);
        if (faults.Length == 0) return;
        throw new CommandFailedException(
            $"{folder.Path} has not the keys of the backup's cluster: {string.Join("; ", faults)}. Copy {All} of that cluster there (mode 0600) and restore again; "
            + "its Secrets can't be read without them. A backup that was made with --keys brings them along.");
    }

    /// <summary>Puts those that the backup brings along where they are missing, until the result is disposed without <see cref="Written.Keep"/>.</summary>
    public static Written Write(ClusterFolder folder, BackupReader backup)
    {
        var written = new Written([.. backup.KeyFiles.Where(file => Text(folder, file.Path) is null).Select(file => At(folder, file.Path))]);
        foreach (var file in backup.KeyFiles.Where(file => written.Paths.Contains(At(folder, file.Path))))
        {
            PrivateFile.CreateFolder(Path.GetDirectoryName(At(folder, file.Path))!);
            PrivateFile.Write(At(folder, file.Path), file.Text);
        }
        return written;
    }

    /// <summary>Files that are of no use if the database is not filled.</summary>
    public sealed class Written(IReadOnlyList<string> paths) : IDisposable
    {
        private bool _kept;

        public IReadOnlyList<string> Paths => paths;

        public void Keep() => _kept = true;

        public void Dispose()
        {
            if (_kept) return;
            foreach (var path in paths) File.Delete(path);
        }
    }

    private static Dictionary<string, string> Fingerprints(string where, Func<string, string?> read)
    {
        try
        {
            return SharedIdentity.Fingerprints(read);
        }
        catch (InvalidDataException fault)
        {
            throw new CommandFailedException($"The keys in {where} can't be read: {fault.Message}");
        }
    }

    private static string At(ClusterFolder folder, string file) => Path.Combine(folder.Path, file);

    private static string? Text(ClusterFolder folder, string file) => File.Exists(At(folder, file)) ? File.ReadAllText(At(folder, file)) : null;
}
