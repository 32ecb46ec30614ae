using Akka.Actor;
using Akka.Streams.Dsl;
using ControlPlane.Journal;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Journal;

/// <summary>What the journal forgets, and what a start reads.</summary>
public abstract partial class JournalContract
{
    [Fact]
    public async Task Nothing_is_written_to_a_database_that_has_lost_what_the_writer_has_seen()
    {
        await using var system = await JournalSystem.Start(await Database());
        var key = JournalSystem.ConfigMap("a");
        await system.Writer(key).Ask<JournalSystem.Written>(new JournalSystem.Write("1"), JournalSystem.Patience);
        var (store, head) = (system.Reader.Store, (await Counters(system)).Head);
        Assert.Null(await store.Insert([Row(system, JournalSystem.ConfigMap("b"), 1, "x")], seen: head + 1));
        Assert.Equal(head, (await store.ReadCounters(head)).Head);
        var lost = await Assert.ThrowsAsync<JournalRewoundException>(() => store.ReadCounters(head + 1));
        Assert.Contains($"{head + 1}", lost.Message, StringComparison.Ordinal);
        Assert.Equal(head, await store.Insert([Row(system, JournalSystem.ConfigMap("b"), 1, "x")], seen: head));
    }

    [Fact]
    public async Task Compaction_keeps_the_state_at_the_floor_and_every_later_event()
    {
        var options = await Database();
        var start = DateTimeOffset.UnixEpoch;
        ObjectKey kept = JournalSystem.ConfigMap("kept"), gone = JournalSystem.ConfigMap("gone"), again = JournalSystem.ConfigMap("again");
        await using (var before = await JournalSystem.Start(options))
        {
            (ObjectKey Key, bool Deleted)[] old = [(kept, false), (gone, false), (again, false), (kept, false), (gone, true), (again, true)];
            foreach (var (key, deleted) in old) await before.Put(key, "old", deleted, start);
            (ObjectKey Key, bool Deleted)[] young = [(again, false), (kept, false), (again, true), (kept, false)];
            foreach (var (key, deleted) in young) await before.Put(key, "young", deleted, start.AddDays(2));

            Assert.True(await before.Reader.Store.CompactPiece(start.AddDays(1)));
            Assert.False(await before.Reader.Store.CompactPiece(start.AddDays(1)));
            Assert.Equal((10, 6), await Counters(before));
            Assert.Equal([4, 8, 10], (await before.Reader.History(kept)).Select(e => e.Revision));
            Assert.Equal([7, 9], (await before.Reader.History(again)).Select(e => e.Revision));
            Assert.Empty(await before.Reader.History(gone));
        }

        await using var after = await JournalSystem.Start(options);
        Assert.Equal(["kept"], after.Cache.List(ConfigMaps).Objects.Select(o => o.Key.Name));
        Assert.Equal([7, 8, 9, 10], Watch(after, 6)!);
        Assert.Null(Watch(after, 5));
        Assert.False(after.Cache.TryGetNewest(gone.PersistenceId, out _));
        Assert.Equal(5, Assert.IsType<JournalSystem.Written>(await after.Put(again, "new")).SequenceNr);
        Assert.Equal(1, Assert.IsType<JournalSystem.Written>(await after.Put(gone, "new")).SequenceNr);
    }

    [Fact]
    public async Task A_process_that_slept_through_a_compaction_takes_the_state_anew()
    {
        var options = await Database();
        await using var sleeper = await JournalSystem.Start(options, "akka.persistence.journal.sql.shared = on");
        await using var other = await JournalSystem.Start(options);
        ObjectKey kept = JournalSystem.ConfigMap("kept"), gone = JournalSystem.ConfigMap("gone");
        await other.Put(gone, "1");
        await sleeper.Reader.CatchUpIfBehind();
        await other.Put(kept, "1");
        await other.Put(gone, "1", deleted: true);
        while (await other.Reader.Store.CompactPiece(DateTimeOffset.MaxValue)) { }
        await other.Put(kept, "2");

        Assert.Equal(3, await sleeper.Reader.CatchUpIfBehind());

        Assert.Equal(4, sleeper.Cache.Revision);
        Assert.Equal([("kept", 4L)], sleeper.Cache.List(ConfigMaps).Objects.Select(o => (o.Key.Name, o.Revision)));
        Assert.Null(Watch(sleeper, 2));
        Assert.Equal([4], Watch(sleeper, 3)!);
    }

    /// <summary>Without the floor in the allotting statement the second assertion fails: the index has nothing left to collide with.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_writer_that_slept_through_a_compaction_overwrites_nothing(bool fenced)
    {
        var options = await Database();
        var key = JournalSystem.ConfigMap("a");
        await using var sleeper = await JournalSystem.Start(options);
        await sleeper.Put(key, "1");
        await using (var other = await JournalSystem.Start(options))
        {
            await other.Put(key, "2");
            await other.Put(key, "acknowledged");
            while (await other.Reader.Store.CompactPiece(DateTimeOffset.MaxValue)) { }
        }
        var late = Row(sleeper, key, 2, "late");

        if (!fenced)
        {
            // The guard taken out: what it is for happens.
            Assert.Equal(3, await sleeper.Reader.Store.Insert([late], (await Counters(sleeper)).Head));
            return;
        }
        Assert.Null(await sleeper.Reader.Store.Insert([late], sleeper.Cache.Revision));
        Assert.IsType<StaleWriteException>(Assert.IsType<JournalSystem.Failed>(await sleeper.Writer(key).Ask<object>(new JournalSystem.Write("late"), JournalSystem.Patience)).Cause);

        await using var after = await JournalSystem.Start(options);
        Assert.Equal(3, after.Cache.Get(key)!.Revision);
        Assert.Contains("acknowledged", Text(after.Cache.Get(key)!), StringComparison.Ordinal);
        Assert.Equal(4, Assert.IsType<JournalSystem.Written>(await sleeper.Put(key, "on top of it")).SequenceNr);
    }

    [Fact]
    public async Task A_restart_reads_one_event_of_each_object_and_the_window_however_long_the_history()
    {
        var options = await Database();
        await using (var before = await JournalSystem.Start(options))
        {
            for (var i = 0; i < 300; i++) await before.Put(JournalSystem.ConfigMap($"{i % 7}"), $"{i}", deleted: i % 7 == 3 && i > 280);
        }

        await using var after = await JournalSystem.Start(options, "akka.persistence.journal.sql.load-window = 20");

        // The window's twenty, and of each object the one before its first change in there.
        Assert.InRange(after.Reader.Store.RowsRead, 20, 20 + 7);
        Assert.Equal(["0", "1", "2", "4", "5", "6"], after.Cache.List(ConfigMaps).Objects.Select(o => o.Key.Name));
        Assert.Equal(300, after.Cache.Revision);
        Assert.Equal(Enumerable.Range(281, 20).Select(i => (long)i), Watch(after, 280)!);
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_is_reported_and_everything_else_goes_on()
    {
        var options = await Database();
        ObjectKey broken = JournalSystem.ConfigMap("broken"), whole = JournalSystem.ConfigMap("whole");
        await using (var before = await JournalSystem.Start(options))
        {
            await before.Put(whole, "1");
            await before.Put(broken, "1");
            var damaged = Row(before, broken, 2, "2");
            Assert.Equal(2, await before.Reader.Store.Insert([damaged with { Message = damaged.Message[..(damaged.Message.Length / 2)] }], before.Cache.Revision));
            await before.Reader.CatchUpIfBehind();
            await before.Put(whole, "2");
            Assert.Equal(1, before.Reader.Unreadable);
            Assert.Equal(4, before.Cache.Revision);
        }

        await using var after = await JournalSystem.Start(options, "akka.persistence.journal.sql.load-window = 1");

        Assert.Equal(1, after.Reader.Unreadable);
        Assert.Equal(4, after.Cache.Revision);
        Assert.Equal(["whole"], after.Cache.List(ConfigMaps).Objects.Select(o => o.Key.Name));
        Assert.True(after.Cache.TryGetNewest(broken.PersistenceId, out var place));
        Assert.Equal((2, 3), (place.SequenceNr, place.Revision));
        Assert.NotNull(place.Fault);
        after.Cache.Compacted(4);
        Assert.True(after.Cache.TryGetNewest(broken.PersistenceId, out _));
        Assert.Equal(5, Assert.IsType<JournalSystem.Written>(await after.Put(whole, "3")).Revision);
    }

    [Fact]
    public async Task A_journal_that_outgrows_its_bytes_forgets_the_oldest_first_and_nothing_that_lives()
    {
        var options = await Database() with { MostBytes = 60_000 };
        await using var system = await JournalSystem.Start(options, "akka.persistence.journal.sql.load-window = 5");
        var data = new string('x', 1000);
        for (var i = 0; i < 100; i++) await system.Put(JournalSystem.ConfigMap($"{i % 10}"), data, at: DateTimeOffset.UtcNow);
        Assert.True((await system.Reader.Store.ReadCounters(0)).Bytes > 100_000);
        var compaction = system.System.ActorOf(CompactionActor.Props(TimeProvider.System));

        compaction.Tell(CompactionActor.Compact.Instance);

        await Until(async () => (await system.Reader.Store.ReadCounters(0)).Floor == 95, "all but the window is compacted");
        Assert.InRange((await system.Reader.Store.ReadCounters(0)).Bytes, 1, 60_000);
        Assert.Equal(10, system.Cache.List(ConfigMaps).Objects.Count);
        await using var after = await JournalSystem.Start(options);
        Assert.Equal(10, after.Cache.List(ConfigMaps).Objects.Count);
    }

    [Fact]
    public async Task The_compaction_actor_uses_the_retention_and_tells_the_cache_the_floor()
    {
        var options = await Database() with { Retention = TimeSpan.FromHours(1) };
        await using var system = await JournalSystem.Start(options);
        var key = JournalSystem.ConfigMap("a");
        var start = DateTimeOffset.UnixEpoch;
        await system.Put(key, "1", at: start);
        await system.Put(key, "1", deleted: true, at: start);
        await system.Put(JournalSystem.ConfigMap("b"), "1", at: start.AddHours(2));
        var forgotten = system.System.ActorOf(CompactionActor.Props(new StoppedClock(start.AddHours(1.5))));

        forgotten.Tell(CompactionActor.Compact.Instance);

        await Until(() => !system.Cache.TryGetNewest(key.PersistenceId, out _), "the tombstone is forgotten");
        Assert.Equal((3, 2), await Counters(system));
    }
}
