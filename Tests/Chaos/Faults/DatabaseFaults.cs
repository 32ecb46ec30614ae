using Npgsql;
using Tests.Chaos.Lab;
using Tests.Support;

namespace Tests.Chaos.Faults;

/// <summary>The database crashes, and is started again.</summary>
internal sealed class CrashedDatabase(PostgresServer database) : IFault
{
    public string Name => "crash of the database";

    public Task Inject() => database.Crash();

    public Task Heal() => database.Start();
}

/// <summary>Every process of the database stands still.</summary>
internal sealed class StalledDatabase(PostgresServer database) : IFault
{
    private IAsyncDisposable? _stalled;

    public string Name => "stall of the database";

    public async Task Inject() => _stalled = await database.Stall();

    public async Task Heal()
    {
        if (_stalled is not null) await _stalled.DisposeAsync();
    }
}

/// <summary>The database closes every connection, once.</summary>
internal sealed class KilledConnections(PostgresServer database, string connectionString) : IFault
{
    public string Name => "end of all connections to the database";

    public Task Inject() => database.Execute($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{new NpgsqlConnectionStringBuilder(connectionString).Database}'");

    public Task Heal() => Task.CompletedTask;
}

/// <summary>The disk of the database is full, of which that mostly dies.</summary>
internal sealed class FullDatabaseDisk(SmallDisk disk, PostgresServer database) : IFault
{
    public string Name => "full disk of the database";

    public Task Inject() => disk.Fill();

    public async Task Heal()
    {
        await disk.Free();
        if (!await database.Runs()) await database.Start();
    }
}
