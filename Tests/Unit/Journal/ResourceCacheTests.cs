using ControlPlane.Journal;
using ControlPlane.Objects;
using CsCheck;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Journal;

public sealed class ResourceCacheTests
{
    private static readonly GroupResource ConfigMaps = new("", "configmaps");

    // Steps between revisions (other resources' writes lie between), the window's size and a revision to resume from.
    private static readonly Gen<(int[] Steps, int Window, int Resume)> Histories = Gen.Select(Gen.Int[1, 3].Array[0, 40], Gen.Int[1, 8], Gen.Int[0, 90]);

    [Fact]
    public void A_watch_gets_every_change_after_its_revision_or_410()
    {
        Histories.Sample(history =>
        {
            var (steps, window, resume) = history;
            var part = new ResourceCache(ConfigMaps, new(), window);
            var revisions = new List<long>();
            var revision = 0L;
            foreach (var step in steps)
            {
                revision += step;
                revisions.Add(revision);
                Write(part, revision);
            }
            var expected = revisions.Where(r => r > resume).ToArray();
            var place = part.PositionAfter(resume);
            if (expected.Length > window) return place is null;
            var read = new List<ObjectChange>();
            return place is { } from && part.TryRead(from, 100, read) && read.Select(change => change.Object.Revision).SequenceEqual(expected);
        });
    }

    [Fact]
    public void A_window_of_huge_objects_is_bounded_in_bytes_and_still_misses_nothing()
    {
        Gen.Select(Gen.Int[2, 60].Array[1, 40], Gen.Int[0, 45]).Sample((sizes, resume) =>
        {
            var part = new ResourceCache(ConfigMaps, new(), 16, maxBytes: 100);
            for (var i = 0; i < sizes.Length; i++) part.Apply(new(JournalSystem.ConfigMap($"{i % 3}"), new byte[sizes[i]], i + 1), false);
            var (kept, bytes) = (0, 0);
            while (kept < Math.Min(16, sizes.Length) && (bytes += sizes[^(kept + 1)]) <= 100) kept++;
            if (sizes.Length - resume > kept) return part.PositionAfter(resume) is null;
            var read = new List<ObjectChange>();
            return part.PositionAfter(resume) is { } place && part.TryRead(place, 100, read)
                && read.Select(change => change.Object.Revision).SequenceEqual(Enumerable.Range(1, sizes.Length).Skip(resume).Select(i => (long)i));
        });
    }

    [Fact]
    public void A_watch_from_before_what_was_loaded_as_state_gets_410()
    {
        var clock = new JournalClock { Oldest = 10, Revision = 10 };
        var part = new ResourceCache(ConfigMaps, clock, 4);
        Assert.Null(part.PositionAfter(9));
        Assert.Equal(0, part.PositionAfter(10));
        Write(part, 12);
        Assert.Null(part.PositionAfter(9));
        Assert.Equal(0, part.PositionAfter(10));
        Assert.Equal(0, part.PositionAfter(11));
        Assert.Equal(1, part.PositionAfter(12));
    }

    [Fact]
    public void A_reader_that_was_overtaken_is_told_so_and_gets_nothing()
    {
        var part = new ResourceCache(ConfigMaps, new(), 4);
        for (var revision = 1; revision <= 4; revision++) Write(part, revision);
        var read = new List<ObjectChange>();
        Assert.True(part.TryRead(0, 10, read));
        Assert.Equal(4, read.Count);
        Write(part, 5);
        read.Clear();
        Assert.False(part.TryRead(0, 10, read));
        Assert.Empty(read);
    }

    [Fact]
    public async Task Readers_beside_a_writer_that_laps_them_never_skip_or_reorder()
    {
        const int Last = 200_000;
        // Of every sixteen writes one is so large that all before it leave.
        var part = new ResourceCache(ConfigMaps, new(), 8, maxBytes: 20);
        var events = Enumerable.Range(1, 64).Select(i => JournalSystem.ConfigMap($"{i}")).ToArray();
        var (small, large) = ("{}"u8.ToArray(), new byte[20]);
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var (seen, lapped) = (0L, 0L);
            var read = new List<ObjectChange>();
            while (seen < Last)
            {
                // Where it left off, by revision: the next change is exactly one further, as this resource has every revision.
                if (part.PositionAfter(seen) is not { } place)
                {
                    lapped++;
                    seen = Math.Max(seen, part.Snapshot.Revision);
                    continue;
                }
                read.Clear();
                if (!part.TryRead(place, 5, read)) continue;
                foreach (var change in read) Assert.Equal(++seen, change.Object.Revision);
            }
            return lapped;
        })).ToArray();
        await Task.Run(() =>
        {
            for (var revision = 1; revision <= Last; revision++)
            {
                part.Apply(new(events[revision % 64], revision % 16 == 0 ? large : small, revision), false);
                if (revision % 4 == 0) part.Publish(revision);
            }
        });
        await Task.WhenAll(readers).WaitAsync(JournalSystem.Patience);
    }

    [Fact]
    public void A_snapshot_lists_what_lives_in_namespace_and_name_order()
    {
        Gen.Select(Gen.Int[0, 5], Gen.Bool).List[0, 50].Sample(writes =>
        {
            var part = new ResourceCache(ConfigMaps, new(), 4);
            var model = new SortedDictionary<string, long>(StringComparer.Ordinal);
            var revision = 0L;
            foreach (var (name, deleted) in writes)
            {
                var key = JournalSystem.ConfigMap($"{name}");
                part.Apply(new(key, "{}"u8.ToArray(), ++revision), deleted);
                if (deleted) model.Remove(key.Name);
                else model[key.Name] = revision;
            }
            part.Publish(revision);
            return part.Snapshot.Objects.Select(o => (o.Key.Name, o.Revision)).SequenceEqual(model.Select(m => (m.Key, m.Value)));
        });
    }

    private static void Write(ResourceCache part, long revision) => part.Apply(new(JournalSystem.ConfigMap("a"), "{}"u8.ToArray(), revision), false);
}
