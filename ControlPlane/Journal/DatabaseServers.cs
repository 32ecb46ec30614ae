using Npgsql;

namespace ControlPlane.Journal;

/// <summary>
/// A database that is served by one of several PostgreSQL servers: the others follow it and take over when it is lost. A connection string names them all
/// (<c>Host=db1,db2</c>); Npgsql finds the one that takes writes.
/// </summary>
public static class DatabaseServers
{
    // Npgsql takes a server for what it was for this long: the one that takes over was a follower just now.
    private const int RecheckSeconds = 1;

    /// <summary>The connection string with what several servers need and it does not say itself; that of one server as it is.</summary>
    /// <exception cref="ArgumentException">It is no connection string.</exception>
    public static string Complete(string connection)
    {
        var builder = new NpgsqlConnectionStringBuilder(connection);
        if (builder.Host?.Contains(',', StringComparison.Ordinal) is not true) return connection;
        builder.TargetSessionAttributes ??= "primary";
        if (!builder.ContainsKey("Host Recheck Seconds")) builder.HostRecheckSeconds = RecheckSeconds;
        return builder.ConnectionString;
    }
}
