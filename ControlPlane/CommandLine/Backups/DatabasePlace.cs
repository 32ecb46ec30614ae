using ControlPlane.CommandLine.Clusters;
using Npgsql;

namespace ControlPlane.CommandLine.Backups;

/// <summary>Which of the three databases a cluster of a folder can have.</summary>
/// <param name="Connection">The connection string of a PostgreSQL database of the user's own.</param>
/// <param name="IsPrivate">The folder's own PostgreSQL server; if neither, its SQLite file.</param>
internal sealed record DatabasePlace(string? Connection, bool IsPrivate = false)
{
    public static DatabasePlace Sqlite { get; } = new(Connection: null);
    public static DatabasePlace Private { get; } = new(Connection: null, IsPrivate: true);

    /// <summary>Where the cluster of a folder has its objects.</summary>
    /// <param name="known">Its description, if it was ever up.</param>
    /// <param name="database">What the user said.</param>
    /// <exception cref="CommandFailedException">There is no cluster.</exception>
    public static DatabasePlace Find(ClusterFolder folder, ClusterDescription? known, string? database)
    {
        if ((database ?? known?.Database) is { } connection) return new(connection);
        if (known?.HasPrivateDatabase == true) return Private;
        return File.Exists(folder.SqliteFile)
            ? Sqlite
            : throw new CommandFailedException($"There is no cluster in {folder.Path}: neither cluster.json nor journal.db. Name its folder with --data, or its PostgreSQL database with --database.");
    }

    /// <summary>Where a cluster of a folder shall have its objects.</summary>
    /// <param name="controlPlanes">How many the user wants; null: as it was, or one.</param>
    /// <exception cref="CommandFailedException">The wish contradicts itself.</exception>
    public static DatabasePlace Choose(ClusterDescription? known, string? database, int? controlPlanes)
    {
        if ((database ?? known?.Database) is not { } connection) return (controlPlanes ?? known?.ControlPlanes.Length) > 1 ? Private : Sqlite;
        if (controlPlanes is null) return new(connection);
        throw new CommandFailedException(
            database is null
                ? "The cluster has a PostgreSQL database of its own, and --control-planes would put its objects elsewhere. Restore into another --data, or without --control-planes."
                : "--control-planes chooses between a SQLite file and a private PostgreSQL server. With --database, tell it to up instead: up --control-planes N --database CONNECTION.");
    }

    /// <summary>What messages call it; no password is in it.</summary>
    public string Words(ClusterFolder folder)
    {
        if (IsPrivate) return $"the PostgreSQL server in {folder.DatabaseData}";
        if (Connection is null) return folder.SqliteFile;
        var parts = new NpgsqlConnectionStringBuilder(Connection);
        return $"the database {parts.Database ?? parts.Username} on {parts.Host}";
    }
}
