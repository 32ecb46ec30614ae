using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Persistence.Query;
using Akka.Persistence.Sql.Query;
using Akka.Streams;
using Akka.Streams.Dsl;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Journal;

/// <summary>What the journal promises on every database.</summary>
public abstract partial class JournalContract : IDisposable
{
    private static readonly GroupResource ConfigMaps = new("", "configmaps");
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("journal-");

    protected string DataDirectory => _directory.FullName;

    /// <summary>An empty database; the same one within a test.</summary>
    protected abstract Task<JournalOptions> Database();

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Two_systems_writing_at_once_leave_no_gap_and_no_tail_misses_or_reorders_a_change()
    {
        const int Writers = 24;
        const int Writes = 30;
        var options = await Database();
        await using var a = await JournalSystem.Start(options, follow: true);
        await using var b = await JournalSystem.Start(options, follow: true);
        var (tailA, tailB) = (Tail(a), Tail(b));

        var acknowledged = new ConcurrentBag<long>();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async i =>
        {
            var writer = (i % 2 == 0 ? a : b).Writer(JournalSystem.ConfigMap($"{i}"));
            for (var n = 0; n < Writes; n++) acknowledged.Add((await writer.Ask<JournalSystem.Written>(new JournalSystem.Write($"{n}"), JournalSystem.Patience)).Revision);
        }));

        var all = Enumerable.Range(1, Writers * Writes).Select(i => (long)i).ToArray();
        Assert.Equal(all, acknowledged.Order());
        await Task.WhenAll(a.Cache.WaitFor(all.Length), b.Cache.WaitFor(all.Length)).WaitAsync(JournalSystem.Patience);
        Assert.Equal(all.Length, await a.Reader.HeadRevision());
        foreach (var (system, tail) in new[] { (a, tailA), (b, tailB) })
        {
            Assert.Equal(all, tail);
            var watched = new List<ObjectChange>();
            var part = system.Cache.Of(ConfigMaps);
            Assert.True(part.TryRead(part.PositionAfter(0)!.Value, all.Length, watched));
            Assert.Equal(all, watched.Select(change => change.Object.Revision));
            Assert.False(system.Cache.HasHole);
        }
        Assert.Equal(
            a.Cache.List(ConfigMaps).Objects.Select(o => (o.Key, o.Revision, o.Json.Length)), b.Cache.List(ConfigMaps).Objects.Select(o => (o.Key, o.Revision, o.Json.Length)));
    }

    [Fact]
    public async Task A_stale_writer_gets_no_ack_recovers_the_winners_event_and_goes_on()
    {
        var options = await Database();
        var key = JournalSystem.ConfigMap("a");
        // Neither follows the other: what they believe may be as old as it likes.
        await using var a = await JournalSystem.Start(options);
        await a.Put(key, "first");
        await using var b = await JournalSystem.Start(options);
        var (onA, onB) = (a.Writer(key), b.Writer(key));
        Assert.Equal(1, (await onB.Ask<JournalSystem.Recovered>(new JournalSystem.Ask(), JournalSystem.Patience)).SequenceNr);
        await onA.Ask<JournalSystem.Written>(new JournalSystem.Write("winner"), JournalSystem.Patience);

        var lost = await onB.Ask<JournalSystem.Failed>(new JournalSystem.Write("loser"), JournalSystem.Patience);

        Assert.IsType<StaleWriteException>(lost.Cause);
        var again = b.Writer(key);
        var recovered = await again.Ask<JournalSystem.Recovered>(new JournalSystem.Ask(), JournalSystem.Patience);
        Assert.Equal((2, 2), (recovered.SequenceNr, recovered.Stored!.Revision));
        Assert.Contains("winner", Text(recovered.Stored), StringComparison.Ordinal);
        var next = await again.Ask<JournalSystem.Written>(new JournalSystem.Write("next"), JournalSystem.Patience);
        Assert.Equal((3, 3), (next.Revision, next.SequenceNr));
    }

    [Fact]
    public async Task A_stale_write_of_several_events_stores_none_of_them_and_uses_up_no_revision()
    {
        var options = await Database();
        var key = JournalSystem.ConfigMap("a");
        await using var a = await JournalSystem.Start(options);
        await using var b = await JournalSystem.Start(options);
        var (onA, onB) = (a.Writer(key), b.Writer(key));
        Assert.Equal(0, (await onB.Ask<JournalSystem.Recovered>(new JournalSystem.Ask(), JournalSystem.Patience)).SequenceNr);
        await onA.Ask<JournalSystem.Written>(new JournalSystem.Write("winner"), JournalSystem.Patience);

        var others = Enumerable.Range(0, 20).Select(i => b.Put(JournalSystem.ConfigMap($"other{i}"), "")).ToArray();
        await onB.Ask<JournalSystem.Failed>(new JournalSystem.WriteAll("1", "2", "3"), JournalSystem.Patience);

        // Writes that stood in the same batch are not harmed.
        Assert.Equal(Enumerable.Range(2, 20).Select(i => (long)i), (await Task.WhenAll(others)).Cast<JournalSystem.Written>().Select(written => written.Revision).Order());
        Assert.Single(await b.Reader.History(key));
        Assert.Equal(21, await b.Reader.HeadRevision());
    }

    [Fact]
    public async Task Two_incarnations_in_one_process_cannot_both_write()
    {
        await using var system = await JournalSystem.Start(await Database());
        var key = JournalSystem.ConfigMap("a");
        var both = new[] { system.Writer(key), system.Writer(key) };
        foreach (var writer in both) await writer.Ask<JournalSystem.Recovered>(new JournalSystem.Ask(), JournalSystem.Patience);

        var answers = await Task.WhenAll(both.Select((writer, i) => writer.Ask<object>(new JournalSystem.Write($"{i}"), JournalSystem.Patience)));

        Assert.Single(answers.OfType<JournalSystem.Written>());
        Assert.IsType<StaleWriteException>(answers.OfType<JournalSystem.Failed>().Single().Cause);
    }

    [Fact]
    public async Task A_process_on_the_same_database_sees_what_another_wrote()
    {
        var options = await Database();
        await using var a = await JournalSystem.Start(options);
        await using var b = await JournalSystem.Start(options, follow: true);
        var written = Assert.IsType<JournalSystem.Written>(await a.Put(JournalSystem.ConfigMap("a"), "1"));
        await b.Cache.WaitFor(written.Revision).WaitAsync(JournalSystem.Patience);
        Assert.Equal(written.Stored.Json, b.Cache.Get(JournalSystem.ConfigMap("a"))!.Json.ToArray());
        Assert.Equal(written.Revision, await b.Reader.HeadRevision());
    }

    [Fact]
    public async Task The_head_is_never_older_than_what_another_process_was_told_is_stored()
    {
        var options = await Database();
        await using var a = await JournalSystem.Start(options);
        await using var b = await JournalSystem.Start(options, "akka.persistence.journal.sql.shared = on");
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            var writer = a.Writer(JournalSystem.ConfigMap($"{i}"));
            for (var n = 0; n < 30; n++)
            {
                var written = await writer.Ask<JournalSystem.Written>(new JournalSystem.Write($"{n}"), JournalSystem.Patience);
                Assert.True(await b.Reader.HeadRevision().WaitAsync(JournalSystem.Patience) >= written.Revision);
            }
        }));
    }

    [Fact]
    public async Task After_a_restart_a_watch_goes_on_where_it_was()
    {
        var options = await Database();
        await using (var before = await JournalSystem.Start(options))
        {
            for (var i = 0; i < 10; i++) await before.Put(JournalSystem.ConfigMap($"{i % 3}"), $"{i}");
        }

        await using var whole = await JournalSystem.Start(options);
        await using var narrow = await JournalSystem.Start(options, "akka.persistence.journal.sql.load-window = 4");
        Assert.Equal(Enumerable.Range(4, 7).Select(i => (long)i), Watch(whole, 3));
        Assert.Equal([7, 8, 9, 10], Watch(narrow, 6)!);
        Assert.Empty(Watch(narrow, 10)!);
        Assert.Null(Watch(narrow, 5));
        Assert.Equal(3, narrow.Cache.List(ConfigMaps).Objects.Count);
    }

    [Fact]
    public async Task The_stock_read_journal_reads_the_same_events()
    {
        await using var system = await JournalSystem.Start(await Database());
        var key = JournalSystem.ConfigMap("a");
        var writer = system.Writer(key);
        for (var i = 1; i <= 3; i++) await writer.Ask<JournalSystem.Written>(new JournalSystem.Write($"{i}"), JournalSystem.Patience);
        var stock = PersistenceQuery.Get(system.System).ReadJournalFor<SqlReadJournal>(SqlReadJournal.Identifier);
        var read = await stock.CurrentEventsByPersistenceId(key.PersistenceId, 0, long.MaxValue).RunWith(Sink.Seq<EventEnvelope>(), system.System.Materializer()).WaitAsync(JournalSystem.Patience);
        Assert.Equal([1, 2, 3], read.Select(envelope => envelope.SequenceNr));
        Assert.All(read, envelope => Assert.Equal(key, Assert.IsType<ObjectStored>(envelope.Event).Key));
    }

    [Fact]
    public async Task An_objects_history_tells_who_did_what_and_outlives_it()
    {
        await using var system = await JournalSystem.Start(await Database());
        var key = JournalSystem.ConfigMap("a");
        for (var i = 1; i <= 3; i++) await system.Put(key, $"{i}", deleted: i == 3, at: DateTimeOffset.UnixEpoch.AddDays(i));
        var history = await system.Reader.History(key);
        Assert.Equal([(1, false), (2, false), (3, true)], history.Select(e => ((int)e.Revision, e.Event.Deleted)));
        Assert.Equal(("tester", DateTimeOffset.UnixEpoch.AddDays(2)), (history[1].Event.Audit.User, history[1].Event.Audit.At));
        Assert.Equal([2, 3], (await system.Reader.History(key, 2)).Select(e => e.Revision));
    }

    /// <summary>Waits for a condition that no event announces.</summary>
    protected static Task Until(Func<bool> condition, string phase) => Until(() => Task.FromResult(condition()), phase);

    /// <inheritdoc cref="Until(Func{bool}, string)"/>
    protected static async Task Until(Func<Task<bool>> condition, string phase)
    {
        for (var left = 3000; !await condition(); left--)
        {
            Assert.True(left > 0, $"Waited too long until {phase}.");
            await Task.Delay(10);
        }
    }

    private static JournalRow Row(JournalSystem system, ObjectKey key, long sequenceNr, string data)
    {
        var stored = JournalSystem.Event(key, data);
        var serializer = (ObjectEventSerializer)system.System.Serialization.FindSerializerForType(typeof(ObjectStored));
        return new(key.PersistenceId, sequenceNr, 0, serializer.Manifest(stored), serializer.Identifier, "", serializer.ToBinary(stored), stored);
    }

    private static async Task<(long Head, long Floor)> Counters(JournalSystem system)
    {
        var counters = await system.Reader.Store.ReadCounters(0);
        return (counters.Head, counters.Floor);
    }

    private static List<long> Tail(JournalSystem system)
    {
        var tail = new List<long>();
        system.Cache.Applied += (_, changes) => tail.AddRange(changes.Select(change => change.Object.Revision));
        return tail;
    }

    private static IEnumerable<long>? Watch(JournalSystem system, long after)
    {
        var part = system.Cache.Of(ConfigMaps);
        if (part.PositionAfter(after) is not { } place) return null;
        var read = new List<ObjectChange>();
        Assert.True(part.TryRead(place, 1000, read));
        return read.Select(change => change.Object.Revision);
    }

    private static string Text(StoredObject stored) => System.Text.Encoding.UTF8.GetString(stored.Json.Span);

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
