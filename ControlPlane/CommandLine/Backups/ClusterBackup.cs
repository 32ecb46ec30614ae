using ControlPlane.CommandLine.Clusters;
using ControlPlane.Journal.Backups;

namespace ControlPlane.CommandLine.Backups;

/// <summary>What came of a backup.</summary>
public sealed record BackupTaken(long Events, long Head, long Size);

/// <summary>Takes a backup of a cluster, be it running or not.</summary>
internal static class ClusterBackup
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(2);

    /// <summary>Writes everything a cluster must have to be restored, as of one moment, to a file.</summary>
    /// <param name="database">A PostgreSQL database of the user's own; null: where the cluster of the folder has its objects.</param>
    /// <param name="withKeys">Whether the cluster's keys go into the file too, in clear text.</param>
    /// <exception cref="CommandFailedException">There is no backup, and no file; the message says why.</exception>
    public static async Task<BackupTaken> Take(ClusterFolder folder, string file, string? database, bool withKeys, CancellationToken stop)
    {
        var place = DatabasePlace.Find(folder, folder.Load(), database);

        // Only what stands still is kept from starting: a cluster that runs goes on, and may be stopped.
        using var mine = place.IsPrivate && !ClusterDatabase.HasControlPlane(folder) ? await FolderLock.Take(folder.Path, LockPatience, stop) : null;
        await using var source = await ClusterDatabase.Open(folder, place, stop);
        try
        {
            return await Take(folder, source, file, withKeys, stop);
        }
        catch (Exception fault) when (DatabaseFaults.Are(fault))
        {
            throw new CommandFailedException($"There is no backup of {source.Words}: {fault.Message}");
        }
    }

    private static async Task<BackupTaken> Take(ClusterFolder folder, ClusterDatabase source, string file, bool withKeys, CancellationToken stop)
    {
        BackupTaken? taken = null;
        var alone = await source.TryAlone(stop);
        try
        {
            await source.Store.ReadAll(
                async (counters, fingerprints, rows) =>
                {
                    // What is written from here on is not in the backup, so whoever waits to write may.
                    var header = new BackupHeader(DateTimeOffset.UtcNow, alone is null, counters.Head, counters.Floor);
                    if (alone is not null) await alone.DisposeAsync();
                    alone = null;
                    var keys = withKeys ? BackupKeys.Read(folder, fingerprints) : [];
                    using var backup = new BackupWriter(file, header);
                    foreach (var (name, value) in fingerprints) backup.WriteFingerprint(name, value);
                    foreach (var key in keys) backup.Write(key);
                    await foreach (var row in rows.WithCancellation(stop)) backup.Write(row);
                    backup.Complete();
                    taken = new(backup.Events, counters.Head, new FileInfo(file).Length);
                },
                stop);
            return taken!;
        }
        finally
        {
            if (alone is not null) await alone.DisposeAsync();
        }
    }
}
