using System.Text;
using ControlPlane.Journal;
using ControlPlane.Objects;
using CsCheck;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Journal;

public sealed class WatchCacheJournalTests
{
    private static readonly GroupResource ConfigMaps = new("", "configmaps");

    // A journal of writes to a few objects, cut into batches that arrive shuffled, some twice.
    private static readonly Gen<(CommittedEvent[] Journal, CommittedBatch[] Arrivals)> Journals =
        from writes in Gen.Select(Gen.Int[0, 4], Gen.Bool).Array[1, 40]
        let journal = writes.Select((write, i) => JournalEvents.At(i + 1, JournalSystem.ConfigMap($"{write.Item1}"), write.Item2)).ToArray()
        from cuts in Gen.Int[1, 6].Array[journal.Length]
        let batches = Cut(journal, cuts).ToArray()
        from repeated in Gen.Int[0, batches.Length - 1].Array[0, 3]
        from arrivals in Gen.Shuffle(batches.Concat(repeated.Select(i => batches[i])).ToArray())
        select (journal, arrivals);

    [Fact]
    public void Batches_in_any_order_and_number_are_shown_once_each_in_revision_order()
    {
        Journals.Sample(given =>
        {
            var cache = new WatchCache();
            var shown = new List<long>();
            cache.Applied += (_, changes) => shown.AddRange(changes.Select(change => change.Object.Revision));
            foreach (var batch in given.Arrivals)
            {
                var whole = cache.Apply(batch);
                if (whole == cache.HasHole) return false;
            }
            var live = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var e in given.Journal)
            {
                if (e.Event.Deleted) live.Remove(e.Event.Key.Name);
                else live[e.Event.Key.Name] = e.Revision;
            }
            return shown.SequenceEqual(given.Journal.Select(e => e.Revision))
                && cache.Revision == given.Journal.Length
                && cache.List(ConfigMaps).Objects.ToDictionary(o => o.Key.Name, o => o.Revision).OrderBy(o => o.Key, StringComparer.Ordinal).SequenceEqual(live.OrderBy(o => o.Key, StringComparer.Ordinal))
                && given.Journal.GroupBy(e => e.PersistenceId).All(group => cache.TryGetNewest(group.Key, out var newest)
                    && newest.Revision == group.Max(e => e.Revision)
                    && (newest.Event is null) == group.MaxBy(e => e.Revision)!.Event.Deleted);
        });
    }

    [Fact]
    public void Overlapping_batches_are_shown_once()
    {
        var cache = new WatchCache();
        var events = Enumerable.Range(1, 6).Select(i => JournalEvents.At(i, JournalSystem.ConfigMap($"{i}"))).ToArray();
        var shown = new List<long>();
        cache.Applied += (_, changes) => shown.AddRange(changes.Select(change => change.Object.Revision));
        Assert.False(cache.Apply(JournalEvents.Batch(events[2..4])));
        Assert.False(cache.Apply(JournalEvents.Batch(events[2..6])));
        Assert.True(cache.Apply(JournalEvents.Batch(events[..3])));
        Assert.Equal([1, 2, 3, 4, 5, 6], shown);
    }

    [Fact]
    public void Early_batches_are_bounded_and_what_was_dropped_comes_from_the_table()
    {
        var cache = new WatchCache();
        var holes = 0;
        cache.HoleFound += () => holes++;
        var events = Enumerable.Range(1, 2000).Select(i => JournalEvents.At(i, JournalSystem.ConfigMap($"{i}"))).ToArray();
        foreach (var e in events.Skip(1)) Assert.False(cache.Apply(JournalEvents.Batch(e)));
        Assert.Equal(1999, holes);
        Assert.True(cache.Apply(JournalEvents.Batch(events[0])));
        Assert.InRange(cache.Revision, 2, 1000);
        Assert.True(cache.Apply(JournalEvents.Batch(events)));
        Assert.Equal(2000, cache.Revision);
    }

    [Fact]
    public async Task A_wait_ends_with_the_revision_shown_and_not_before()
    {
        var cache = new WatchCache();
        var first = cache.WaitFor(1);
        var third = cache.WaitFor(3);
        cache.Apply(JournalEvents.Batch(JournalEvents.At(1, JournalSystem.ConfigMap("a"))));
        await first.WaitAsync(JournalSystem.Patience);
        cache.Apply(JournalEvents.Batch(JournalEvents.At(3, JournalSystem.ConfigMap("c"))));
        Assert.False(third.IsCompleted);
        cache.Apply(JournalEvents.Batch(JournalEvents.At(2, JournalSystem.ConfigMap("b"))));
        await third.WaitAsync(JournalSystem.Patience);
        Assert.NotNull(cache.Get(JournalSystem.ConfigMap("c")));
        Assert.True(cache.WaitFor(2).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Waits_that_are_given_up_leave_nothing_behind()
    {
        var gate = new Lock();
        var waiters = new RevisionWaiters(gate);
        using var stop = new CancellationTokenSource();
        Task given, kept, met;
        lock (gate) (given, kept, met) = (waiters.Add(9, stop.Token), waiters.Add(9, default), waiters.Add(1, stop.Token));
        lock (gate) waiters.Reached(1);
        await met.WaitAsync(JournalSystem.Patience);
        Assert.Equal(2, waiters.Count);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.Equal(1, waiters.Count);
        lock (gate) waiters.Reached(9);
        await kept.WaitAsync(JournalSystem.Patience);
        Assert.Equal(0, waiters.Count);
    }

    [Fact]
    public async Task A_list_after_a_wait_holds_the_write_waited_for()
    {
        var cache = new WatchCache();
        for (var revision = 1; revision <= 2000; revision++)
        {
            var reader = Task.Run(async () =>
            {
                var awaited = revision;
                await cache.WaitFor(awaited);
                var list = cache.List(ConfigMaps);
                Assert.True(list.Revision >= awaited);
                Assert.Equal(list.Revision, list.Objects.Count);
            });
            cache.Apply(JournalEvents.Batch(JournalEvents.At(revision, JournalSystem.ConfigMap($"{revision}"))));
            await reader.WaitAsync(JournalSystem.Patience);
        }
    }

    [Fact]
    public void A_list_of_a_resource_nobody_writes_is_as_new_as_the_cache()
    {
        var cache = new WatchCache();
        Assert.Equal(0, cache.List(new("", "pods")).Revision);
        cache.Apply(JournalEvents.Batch(JournalEvents.At(1, JournalSystem.ConfigMap("a"))));
        Assert.Equal(1, cache.List(new("", "pods")).Revision);
    }

    [Fact]
    public void Indexes_follow_every_change_of_owner_and_node()
    {
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Bool).List[1, 60].Sample(writes =>
        {
            var cache = new WatchCache();
            var model = new Dictionary<ObjectKey, (int Owner, int Node)>();
            var revision = 0L;
            foreach (var (name, owner, node, deleted) in writes)
            {
                var key = new ObjectKey("", "pods", "default", $"{name}");
                cache.Apply(JournalEvents.Batch(JournalEvents.At(++revision, key, deleted, json: Pod(owner, node))));
                if (deleted) model.Remove(key);
                else model[key] = (owner, node);
            }
            return Enumerable.Range(0, 3).All(i =>
                Same(cache.OwnedBy($"uid-{i}"), model.Where(m => m.Value.Owner == i)) && Same(cache.PodsOn($"node-{i}"), model.Where(m => m.Value.Node == i)));
        });

        static bool Same(IReadOnlyCollection<StoredObject> found, IEnumerable<KeyValuePair<ObjectKey, (int, int)>> expected)
        {
            var keys = expected.Select(e => e.Key).ToHashSet();
            return found.Count == keys.Count && found.All(o => keys.Contains(o.Key));
        }

        static byte[] Pod(int owner, int node) => Encoding.UTF8.GetBytes(
            $$$"""{"metadata":{"name":"p","ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"r","uid":"uid-{{{owner}}}"}]},"spec":{"nodeName":"node-{{{node}}}"}}""");
    }

    [Fact]
    public void A_reset_shows_what_differs_and_ends_every_watch()
    {
        var cache = new WatchCache();
        ObjectKey a = JournalSystem.ConfigMap("a"), b = JournalSystem.ConfigMap("b"), c = JournalSystem.ConfigMap("c");
        cache.Apply(JournalEvents.Batch(JournalEvents.At(1, a), JournalEvents.At(2, b)));
        var part = cache.Of(ConfigMaps);
        var place = part.Position;
        IReadOnlyList<ObjectChange> shown = [];
        cache.Applied += (_, changes) => shown = changes;

        cache.Reset(new(10, [JournalEvents.At(2, b), JournalEvents.At(9, c)], [(a.PersistenceId, new(7, 8, 0, null))]));

        Assert.Equal(10, cache.Revision);
        Assert.Equal(["b", "c"], cache.List(ConfigMaps).Objects.Select(o => o.Key.Name));
        Assert.Equal([("a", true), ("c", false)], shown.Select(change => (change.Object.Key.Name, change.Deleted)));
        Assert.False(part.TryRead(place, 10, []));
        Assert.Null(part.PositionAfter(9));
        Assert.Equal(part.Position, part.PositionAfter(10));
        Assert.True(cache.TryGetNewest(a.PersistenceId, out var gone));
        Assert.Equal((7, null), (gone.SequenceNr, gone.Event));
        cache.Compacted(10);
        Assert.False(cache.TryGetNewest(a.PersistenceId, out _));
        Assert.True(cache.TryGetNewest(b.PersistenceId, out _));
    }

    private static IEnumerable<CommittedBatch> Cut(CommittedEvent[] journal, int[] sizes)
    {
        for (var (start, i) = (0, 0); start < journal.Length; start += sizes[i++]) yield return JournalEvents.Batch(journal[start..Math.Min(journal.Length, start + sizes[i])]);
    }
}
