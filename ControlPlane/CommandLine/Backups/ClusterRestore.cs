using ControlPlane.CommandLine.Clusters;
using ControlPlane.Hosting;
using ControlPlane.Journal;
using ControlPlane.Journal.Backups;
using Shared.Hosting;

namespace ControlPlane.CommandLine.Backups;

/// <summary>What came of a restore.</summary>
/// <param name="Taken">The moment that the backup is of.</param>
/// <param name="Into">What messages call the database.</param>
/// <param name="Head">The resourceVersion after which the next one comes.</param>
/// <param name="Left">The SQLite file that the cluster has left; null where there is none.</param>
public sealed record BackupRestored(long Events, DateTimeOffset Taken, string Into, long Head, string? Left);

/// <summary>Puts a backup into an empty database, of which kind the first one was or of the other.</summary>
internal sealed class ClusterRestore(ClusterFolder folder, string file)
{
    /// <summary>
    /// How many revisions are passed over, so that none is given out twice: what was written after the backup had some, and clients may remember them. A
    /// cluster that writes 10,000 objects a second gives out as many in three years.
    /// </summary>
    public const long Jump = 1_000_000_000_000;

    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    /// <summary>A PostgreSQL database of the user's own; null: what the cluster of the folder has.</summary>
    public string? Database { get; init; }

    /// <summary>Whether the cluster shall have a private PostgreSQL server (3, 5) or a SQLite file (1); null: what it has.</summary>
    public int? ControlPlanes { get; init; }

    /// <summary>Whether revisions go on right after the backup's last: for a move of a cluster that was stopped first.</summary>
    public bool Exact { get; init; }

    /// <summary>Restores all, or changes nothing.</summary>
    /// <exception cref="CommandFailedException">Nothing was changed; the message says why and what to do.</exception>
    public async Task<BackupRestored> Run(CancellationToken stop)
    {
        try
        {
            using var backup = new BackupReader(file);
            if (Exact && backup.Header.WhileRunning)
            {
                throw new CommandFailedException(
                    $"{file} was taken while its cluster ran: what was written after it would be lost, and its resourceVersions given out again. "
                    + "Stop the cluster, take another backup and restore that with --exact; or restore this one without --exact.");
            }
            using var mine = await FolderLock.Take(folder.Path, LockPatience, stop);
            using var here = KeepControlPlanesOut();
            BackupKeys.Check(folder, backup);
            return await Restore(backup, stop);
        }
        catch (BackupUnreadableException fault)
        {
            throw new CommandFailedException(fault.Message);
        }
        catch (Exception fault) when (DatabaseFaults.Are(fault))
        {
            throw new CommandFailedException($"Nothing was restored: {fault.Message}");
        }
    }

    private IDisposable KeepControlPlanesOut()
    {
        if (ClusterDatabase.HasControlPlane(folder)) throw Running();
        try
        {
            return DataFolderLock.Take(folder.Path, ControlPlaneHost.FolderLock, "");
        }
        catch (DataFolderTakenException)
        {
            throw Running();
        }

        CommandFailedException Running() => new($"A control plane runs on {folder.Path}. Stop it first: actors down --data {folder.Path}");
    }

    private async Task<BackupRestored> Restore(BackupReader backup, CancellationToken stop)
    {
        var known = folder.Load();
        var place = DatabasePlace.Choose(known, Database, ControlPlanes);
        var left = place != DatabasePlace.Sqlite && File.Exists(folder.SqliteFile) ? folder.SqliteFile : null;
        if (Exact) await RefuseIfWrittenSince(backup, place, stop);
        var head = backup.Header.Head + (Exact ? 0 : Jump);
        await using var target = await ClusterDatabase.Open(folder, place, stop);
        try
        {
            await using var alone = place.Connection is null && !place.IsPrivate ? null : await target.TryAlone(stop) ?? throw await WorkedOn(target, stop);
            using var keys = BackupKeys.Write(folder, backup);
            await target.Store.Fill(head, backup.Header.Floor, backup.Fingerprints, backup.Read(), stop);
            keys.Keep();
            Remember(known, place);
            return new(backup.Events, backup.Header.Taken, target.Words, head, left);
        }
        catch (JournalNotEmptyException fault)
        {
            throw new CommandFailedException($"{target.Words} is not empty: {fault.Message}. A backup is restored into an empty database only: {Otherwise(place)}");
        }
        finally
        {
            // What a transaction that was taken back leaves of a new file.
            if (place == DatabasePlace.Sqlite && new FileInfo(folder.SqliteFile) is { Exists: true, Length: 0 } empty) empty.Delete();
        }
    }

    private static async Task<CommandFailedException> WorkedOn(ClusterDatabase target, CancellationToken stop) =>
        new($"Control planes work on {target.Words}, at {string.Join(", ", await target.Members(stop))}. Stop them first, or name another database.");

    private string Otherwise(DatabasePlace place) => place switch
    {
        { IsPrivate: true } => $"choose another --data, or, if nobody needs its objects any more, move {folder.DatabaseData} away.",
        { Connection: null } => $"choose another --data, or, if nobody needs its objects any more, move {folder.SqliteFile} away with the files whose names begin like it.",
        _ => "create another and name it with --database.",
    };

    // A cluster that moves within its folder: what it has written since is still there to be asked.
    private async Task RefuseIfWrittenSince(BackupReader backup, DatabasePlace target, CancellationToken stop)
    {
        (DatabasePlace Place, bool IsThere)[] before =
            [(DatabasePlace.Sqlite, File.Exists(folder.SqliteFile)), (DatabasePlace.Private, File.Exists(Path.Combine(folder.DatabaseData, PrivateDatabase.Version)))];
        foreach (var (place, isThere) in before)
        {
            if (!isThere || place == target) continue;
            await using var source = await ClusterDatabase.Open(folder, place, stop);
            var head = (await source.Store.ReadCounters(0)).Head;
            if (head <= backup.Header.Head) continue;
            throw new CommandFailedException(
                $"{source.Words} was written to after the backup (it is at resourceVersion {head}, the backup at {backup.Header.Head}), and --exact would lose that. Take another backup now that the cluster is stopped.");
        }
    }

    // The next 'up' must not begin with an empty database beside this one.
    private void Remember(ClusterDescription? known, DatabasePlace place)
    {
        if (known is null && place == DatabasePlace.Sqlite) return;
        var controlPlanes = ControlPlanes ?? known?.ControlPlanes.Length ?? 1;
        folder.Save(ClusterPlan.Moved(folder, known, place.Connection, controlPlanes));
    }
}
