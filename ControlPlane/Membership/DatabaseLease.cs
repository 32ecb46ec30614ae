using Akka.Actor;
using Akka.Coordination;
using Akka.Event;
using Npgsql;

namespace ControlPlane.Membership;

/// <summary>
/// The arbiter when members can't reach each other: a row of the database they share, which only one side can take. Whoever has it goes on as the cluster, whoever
/// does not starts anew and joins. Two members, or the last of three, thus go on as long as they have the database. The row counts for a limited time by the
/// database's clock, so one that died with it holds nobody up for long.
/// </summary>
public sealed class DatabaseLease : Lease
{
    private const int Seconds = 2;
    private readonly ILoggingAdapter _log;
    private readonly string _connection;

    /// <summary>Made by the split-brain resolver, from its configuration.</summary>
    public DatabaseLease(LeaseSettings settings, ExtendedActorSystem system)
        : base(settings)
    {
        _log = Logging.GetLogger(system, typeof(DatabaseLease));
        _connection = new NpgsqlConnectionStringBuilder(system.Settings.Config.GetString("akka.persistence.journal.sql.connection-string")) { Timeout = Seconds, CommandTimeout = Seconds }.ConnectionString;
    }

    /// <inheritdoc/>
    public override async Task<bool> Acquire()
    {
        try
        {
            await using var database = new NpgsqlConnection(_connection);
            await database.OpenAsync();
            await using var acquire = new NpgsqlCommand(
                """
                insert into member_lease values ($1, $2, clock_timestamp())
                  on conflict (name) do update set owner = excluded.owner, taken = excluded.taken
                    where member_lease.owner = excluded.owner or member_lease.taken < clock_timestamp() - make_interval(secs => $3)
                  returning 1
                """,
                database)
            {
                Parameters = { new() { Value = Settings.LeaseName }, new() { Value = Settings.OwnerName }, new() { Value = Settings.TimeoutSettings.HeartbeatTimeout.TotalSeconds } },
            };
            return await acquire.ExecuteScalarAsync() is not null;
        }
        catch (Exception fault) when (fault is NpgsqlException or TimeoutException)
        {
            _log.Warning(fault, "The lease of the members can't be taken: the database does not answer.");
            return false;
        }
    }

    /// <inheritdoc/>
    public override Task<bool> Acquire(Action<Exception> leaseLostCallback) => Acquire();

    /// <inheritdoc/>
    public override async Task<bool> Release()
    {
        try
        {
            await using var database = new NpgsqlConnection(_connection);
            await database.OpenAsync();
            await using var release = new NpgsqlCommand("delete from member_lease where name = $1 and owner = $2", database)
            {
                Parameters = { new() { Value = Settings.LeaseName }, new() { Value = Settings.OwnerName } },
            };
            return await release.ExecuteNonQueryAsync() > 0;
        }
        catch (Exception fault) when (fault is NpgsqlException or TimeoutException)
        {
            _log.Info("The lease of the members was not given back and runs out: {0}", fault.Message);
            return false;
        }
    }

    /// <inheritdoc/>
    public override bool CheckLease() => false;
}
