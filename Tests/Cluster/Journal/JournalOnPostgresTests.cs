using System.Collections.Concurrent;
using Akka.Actor;
using ControlPlane.Journal;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Journal;

[Collection(PostgresTests.Name)]
public sealed class JournalOnPostgresTests(PostgresServer server) : JournalContract
{
    private string? _database;

    protected override async Task<JournalOptions> Database() => new(DataDirectory, _database ??= await server.CreateDatabase());

    protected override async Task<JournalOptions> Another() => new(DataDirectory, await server.CreateDatabase());

    [Fact]
    public async Task A_journal_moves_from_sqlite_to_postgres_and_back_and_is_the_same()
    {
        var (first, last) = (new JournalOptions(DataDirectory), new JournalOptions(Directory.CreateDirectory(Path.Combine(DataDirectory, "back")).FullName));
        var between = await Database();
        for (var seed = 1; seed <= 3; seed++) await Written(first, new Random(seed));
        File.Copy(Path.Combine(DataDirectory, "secrets.keys"), Path.Combine(last.DataDirectory, "secrets.keys"));
        await Copied(first, between);
        await Copied(between, last);
        Assert.Equal(await Table(first), await Table(last));
        await Same(first, between);
    }

    [Fact]
    public async Task Connections_killed_under_load_lose_no_acknowledged_write_and_writers_go_on()
    {
        var options = await Database();
        await using var system = await JournalSystem.Start(options);
        await Disturbed(system, async round =>
        {
            await server.Execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + _database!.Split("Database=")[1] + "'");
            return round < 5;
        });
        await using var again = await JournalSystem.Start(options);
        Assert.Equal(system.Cache.Revision, again.Cache.Revision);
    }

    [Fact]
    public async Task Systems_that_start_at_once_on_an_empty_database_both_work()
    {
        var options = await Database();
        var systems = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => JournalSystem.Start(options)));
        foreach (var (system, i) in systems.Select((system, i) => (system, i)))
        {
            Assert.IsType<JournalSystem.Written>(await system.Put(JournalSystem.ConfigMap($"{i}"), ""));
            await system.DisposeAsync();
        }
    }

    [Fact]
    public async Task Member_that_heard_nothing_of_a_rotation_writes_under_the_new_key_all_the_same()
    {
        var options = await WithSharedSecret();
        await using var deaf = await JournalSystem.Start(options);
        var other = Directory.CreateDirectory(Path.Combine(DataDirectory, "other"));
        Directory.CreateDirectory(Path.Combine(other.FullName, "pki"));
        foreach (var file in (string[])["secrets.keys", "pki/agents.key"]) File.Copy(Path.Combine(DataDirectory, file), Path.Combine(other.FullName, file));
        await deaf.Reader.Store.StepKeys(table => table.Enrolled(KeyRing.Get(deaf.System).Wrapped()));
        await using (var system = await JournalSystem.Start(options with { DataDirectory = other.FullName }))
        {
            await Rotate(system.Reader.Store, KeyRing.Get(system.System));
            await system.Reader.Store.DropKeys();
        }
        Assert.Equal(1, KeyRing.Get(deaf.System).Current);
        Assert.IsType<JournalSystem.Written>(await deaf.Put(Secret("s"), "value"));
        Assert.Equal(new Dictionary<int, long> { [2] = 1 }, await deaf.Reader.Store.CountByKey());
    }

    [Fact]
    public async Task A_journal_waits_for_a_database_that_is_not_there_yet()
    {
        var missing = (await server.CreateDatabase()).Replace("test", "late", StringComparison.Ordinal);
        var starting = JournalSystem.Start(new(DataDirectory, missing));
        await server.Execute("create database " + missing.Split("Database=")[1]);
        await using var system = await starting;
        Assert.IsType<JournalSystem.Written>(await system.Put(JournalSystem.ConfigMap("a"), ""));
    }

    /// <summary>A database that stalls: its commits hang, its connections live.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(30)]
    public async Task Writes_wait_for_a_database_that_stalls_and_none_is_lost(int seconds)
    {
        var options = await Database();
        await using var system = await JournalSystem.Start(options);
        await system.Put(JournalSystem.ConfigMap("a"), "1");
        await using var db = Npgsql.NpgsqlDataSource.Create(_database + ";Pooling=false");
        Task<object> waiting;
        await using (var other = await db.OpenConnectionAsync())
        {
            await using var held = other.CreateCommand();
            held.CommandText = "begin; select head from revision_counter where id = 1 for update";
            await held.ExecuteNonQueryAsync();
            waiting = system.Writer(JournalSystem.ConfigMap("a")).Ask<object>(new JournalSystem.Write("2"), TimeSpan.FromSeconds(90));
            await Until(async () => await Blocked(db) > 0, "the write waits for the database");
            // The stall is what is tested here, not a pause for something to happen.
            await Task.Delay(TimeSpan.FromSeconds(seconds));
        }

        var answer = await waiting;
        var last = Assert.IsType<JournalSystem.Written>(await system.Put(JournalSystem.ConfigMap("a"), "3"));
        var history = await system.Reader.History(JournalSystem.ConfigMap("a"));
        Assert.Equal(Enumerable.Range(1, history.Count).Select(n => (long)n), history.Select(e => e.SequenceNr));
        Assert.Equal(last.Revision, history[^1].Revision);
        if (answer is JournalSystem.Written written) Assert.Contains(history, e => e.Revision == written.Revision);
        Assert.Equal(last.Revision, system.Cache.Revision);
    }

    private static async Task<long> Blocked(Npgsql.NpgsqlDataSource db)
    {
        await using var count = db.CreateCommand("select count(*) from pg_stat_activity where wait_event_type = 'Lock'");
        return (long)(await count.ExecuteScalarAsync())!;
    }

    /// <summary>Writes without pause while the database is disturbed, then compares what was acknowledged with what is stored.</summary>
    internal static async Task Disturbed(JournalSystem system, Func<int, Task<bool>> disturb)
    {
        var acknowledged = new ConcurrentDictionary<ObjectKey, (long Revision, long SequenceNr)>();
        var failures = 0;
        using var stop = new CancellationTokenSource();
        var progress = 0;
        var writers = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            var key = JournalSystem.ConfigMap($"{i}");
            var writer = system.Writer(key);
            for (var n = 0; !stop.IsCancellationRequested; n++)
            {
                switch (await writer.Ask<object>(new JournalSystem.Write($"{n}"), JournalSystem.Patience))
                {
                    case JournalSystem.Written written:
                        acknowledged[key] = (written.Revision, written.SequenceNr);
                        Interlocked.Increment(ref progress);
                        break;
                    case JournalSystem.Failed:
                        Interlocked.Increment(ref failures);
                        writer = system.Writer(key);
                        break;
                }
            }
        })).ToArray();
        for (var round = 0; ; round++)
        {
            var target = Volatile.Read(ref progress) + 100;
            await Until(() => Volatile.Read(ref progress) > target || writers.Any(writer => writer.IsFaulted), "100 more writes are acknowledged");
            if (!await disturb(round)) break;
        }
        var last = Volatile.Read(ref progress) + 100;
        await Until(() => Volatile.Read(ref progress) > last || writers.Any(writer => writer.IsFaulted), "writes are acknowledged after the last disturbance");
        await stop.CancelAsync();
        await Task.WhenAll(writers).WaitAsync(JournalSystem.Patience);

        Assert.True(failures > 0, "The disturbance disturbed nothing.");
        foreach (var (key, (revision, sequenceNr)) in acknowledged)
        {
            // An unacknowledged write may have been stored; an acknowledged one must be.
            var history = await system.Reader.History(key, int.MaxValue);
            Assert.Contains(history, e => e.Revision == revision && e.SequenceNr == sequenceNr);
            Assert.Equal(Enumerable.Range(1, history.Count).Select(n => (long)n), history.Select(e => e.SequenceNr));
            Assert.Equal(history[^1].Revision, system.Cache.Get(key)!.Revision);
        }
        var head = (await system.Reader.Store.ReadCounters(0)).Head;
        Assert.Equal(head, system.Cache.Revision);
        Assert.Equal(head, (await Task.WhenAll(acknowledged.Keys.Select(key => system.Reader.History(key, int.MaxValue)))).Sum(history => history.Count));
    }
}
