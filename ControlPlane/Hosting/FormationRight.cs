using System.Data;
using Npgsql;

namespace ControlPlane.Hosting;

/// <summary>
/// Who may form a cluster on a database, told by the database itself: an advisory lock that every member shares for as long as it lives, so that only one who finds
/// no member alive gets it alone. The lock goes with its connection: a member that stands still keeps both, one whose machine is gone loses them within
/// <see cref="DeadAfter"/>. A pooler before the database must give each client a session of its own.
/// </summary>
/// <param name="database">The PostgreSQL connection string.</param>
/// <param name="self">The <c>host:port</c> others join this member by; they see it in <see cref="Holders"/>.</param>
internal sealed class FormationRight(string database, string self) : IAsyncDisposable
{
    /// <summary>After how long the server gives up on a peer that no longer exists.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(25);

    private const long Key = 7237;
    private const string Prefix = "actors member ";
    private const int Patience = 5;
    // Only those that this server's version knows.
    private const string Settings = """
        select set_config(name, value, false) from pg_settings join
          (values ('idle_session_timeout', '0'), ('tcp_keepalives_idle', '5'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3')) as wanted(name, value) using (name)
        """;

    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database)
    {
        Pooling = false,
        ApplicationName = Prefix + self,
        Timeout = Patience,
        CommandTimeout = Patience,
    });

    private NpgsqlConnection? _connection;
    private bool _alone;
    private bool _shared;

    /// <summary>Takes the right, if nobody has it and no member lives.</summary>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public async Task<bool> TryAlone(CancellationToken stop) => _alone = await Ask($"select pg_try_advisory_lock({Key})", stop);

    /// <summary>Shares the right, as a member, and gives it up where it was held alone; false while another forms a cluster. To be asked again and again.</summary>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public async Task<bool> TryShare(CancellationToken stop)
    {
        var asked = await Ask(_shared ? "select true" : $"select pg_try_advisory_lock_shared({Key})", stop);
        _shared = asked;
        if (_shared && _alone) _alone = !await Ask($"select pg_advisory_unlock({Key})", stop);
        return _shared;
    }

    /// <summary>The <c>host:port</c> of those who have it, as far as this user of the database may see them.</summary>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public async Task<IReadOnlyList<string>> Holders(CancellationToken stop)
    {
        await using var ask = new NpgsqlCommand(
            $"""
            select distinct application_name from pg_locks join pg_stat_activity using (pid)
              where locktype = 'advisory' and objid = {Key} and objsubid = 1 and classid = 0 and granted and datname = current_database() and application_name like '{Prefix}%' order by 1
            """,
            await Connection(stop));
        var holders = new List<string>();
        await using var row = await ask.ExecuteReaderAsync(stop);
        while (await row.ReadAsync(stop)) holders.Add(row.GetString(0)[Prefix.Length..]);
        return holders;
    }

    public async ValueTask DisposeAsync()
    {
        await Disconnect();
        await _source.DisposeAsync();
    }

    private async Task<bool> Ask(string sql, CancellationToken stop)
    {
        var connection = await Connection(stop);
        try
        {
            await using var ask = new NpgsqlCommand(sql, connection);
            return await ask.ExecuteScalarAsync(stop) is true;
        }
        catch
        {
            // The answer may have been yes: only without the connection is the lock surely free.
            await Disconnect();
            throw;
        }
    }

    private async Task<NpgsqlConnection> Connection(CancellationToken stop)
    {
        if (_connection is { State: ConnectionState.Open }) return _connection;
        await Disconnect();
        var connection = await _source.OpenConnectionAsync(stop);
        _connection = connection;
        await Ask(Settings, stop);
        return connection;
    }

    private async ValueTask Disconnect()
    {
        (_alone, _shared) = (false, false);
        if (_connection is { } connection) await connection.DisposeAsync();
        _connection = null;
    }
}
