using ControlPlane.CommandLine.Clusters;
using ControlPlane.Hosting;
using ControlPlane.Journal;
using Shared.Hosting;

namespace ControlPlane.CommandLine.Backups;

/// <summary>A cluster's database in the hands of a command. A private server that does not run is started for as long as it is needed.</summary>
internal sealed class ClusterDatabase : IAsyncDisposable
{
    private readonly ClusterFolder _folder;
    private readonly string? _connection;
    private readonly bool _started;

    private ClusterDatabase(ClusterFolder folder, DatabasePlace place, string? connection, bool started)
    {
        (_folder, _connection, _started) = (folder, connection, started);
        Words = place.Words(folder);
        Store = JournalConfiguration.Store(new JournalOptions(folder.Path, connection));
    }

    /// <summary>Its tables.</summary>
    public RevisionStore Store { get; }

    /// <summary>What messages call it.</summary>
    public string Words { get; }

    /// <summary>Whether a control plane that <c>up</c> started in the folder runs.</summary>
    public static bool HasControlPlane(ClusterFolder folder) =>
        BackgroundProcess.Recorded(folder).Any(process => ClusterProcesses.IsControlPlane(process.Name) && process.Running is not null);

    /// <summary>Opens a database. Where that starts a server, the caller holds the folder.</summary>
    /// <exception cref="CommandFailedException">The server can't be started.</exception>
    public static async Task<ClusterDatabase> Open(ClusterFolder folder, DatabasePlace place, CancellationToken stop)
    {
        if (!place.IsPrivate) return new(folder, place, place.Connection, started: false);
        var server = new PrivateDatabase(folder);
        if (server.Process.Running is not null) return new(folder, place, server.ConnectionString, started: false);
        if (HasControlPlane(folder)) throw new CommandFailedException($"The database of the cluster in {folder.Path} does not run, though control planes do. Start it: actors up --data {folder.Path}");
        folder.Create();
        try
        {
            await server.Start(stop);
            return new(folder, place, server.ConnectionString, started: true);
        }
        catch
        {
            await new ClusterTeardown(folder).Run(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Keeps control planes off the database until the result is disposed; null where one works on it already.</summary>
    public async Task<IAsyncDisposable?> TryAlone(CancellationToken stop)
    {
        if (_connection is null)
        {
            try
            {
                return new FileHeld(DataFolderLock.Take(_folder.Path, ControlPlaneHost.FolderLock, ""));
            }
            catch (DataFolderTakenException)
            {
                return null;
            }
        }
        var right = new FormationRight(_connection, "actors");
        try
        {
            if (await right.TryAlone(stop)) return right;
            await right.DisposeAsync();
            return null;
        }
        catch
        {
            await right.DisposeAsync();
            throw;
        }
    }

    /// <summary>The <c>host:port</c> of the members that work on it, as far as the database tells.</summary>
    public async Task<IReadOnlyList<string>> Members(CancellationToken stop)
    {
        if (_connection is null) return [];
        await using var right = new FormationRight(_connection, "actors");
        return await right.Holders(stop);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        if (_started) await new ClusterTeardown(_folder).Run(CancellationToken.None);
    }

    private sealed class FileHeld(IDisposable file) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            file.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
