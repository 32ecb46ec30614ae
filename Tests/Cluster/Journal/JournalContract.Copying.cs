using ControlPlane.CommandLine.Backups;
using ControlPlane.Journal;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Journal;

/// <summary>What becomes of a journal that is put into another database.</summary>
public abstract partial class JournalContract
{

    /// <summary>Another database of the same kind, empty, with the same keys.</summary>
    protected abstract Task<JournalOptions> Another();

    [Fact]
    public async Task A_copy_shows_the_same_objects_history_and_windows_and_goes_on_with_the_next_revision()
    {
        var (from, to) = (await Database(), await Another());
        for (var seed = 1; seed <= 3; seed++) await Written(from, new Random(seed));
        await Copied(from, to);
        await Same(from, to);
    }

    [Fact]
    public async Task A_copy_that_jumps_shows_the_same_objects_and_no_watch_goes_on_in_it()
    {
        var (from, to) = (await Database(), await Another());
        await Written(from, new Random(1));
        var head = await Copied(from, to, ClusterRestore.Jump);
        await using var before = await JournalSystem.Start(from);
        await using var after = await JournalSystem.Start(to);

        Assert.Equal(head + ClusterRestore.Jump, after.Cache.Revision);
        Assert.Equal(Shown(before), Shown(after));
        Assert.Equal(Newest(before), Newest(after));

        // Also from revisions that were given out after the copy was taken.
        for (var old = 0; old < head + 100; old++) Assert.Null(Watch(after, old));
        Assert.Empty(Watch(after, head + ClusterRestore.Jump)!);
        Assert.Equal(head + ClusterRestore.Jump + 1, Assert.IsType<JournalSystem.Written>(await after.Put(JournalSystem.ConfigMap("next"), "")).Revision);
        Assert.Equal([head + ClusterRestore.Jump + 1], Watch(after, head + ClusterRestore.Jump)!);
    }

    [Fact]
    public async Task Compaction_passes_over_the_hole_that_a_jump_leaves_in_one_step()
    {
        var (from, to) = (await Database(), await Another());
        await Written(from, new Random(1));
        await Copied(from, to, ClusterRestore.Jump);
        await using var after = await JournalSystem.Start(to);
        for (var i = 0; i < 3; i++) await after.Put(JournalSystem.ConfigMap("next"), $"{i}");

        var pieces = 0;
        while (pieces < 10 && await after.Reader.Store.CompactPiece(DateTimeOffset.MaxValue)) pieces++;

        Assert.InRange(pieces, 1, 5);
        var counters = await after.Reader.Store.ReadCounters(0);
        Assert.Equal(counters.Head, counters.Floor);
        Assert.Single(await after.Reader.History(JournalSystem.ConfigMap("next")));
        await using var again = await JournalSystem.Start(to);
        Assert.Equal(Shown(after), Shown(again));
    }

    [Fact]
    public async Task A_copy_is_of_one_moment_whatever_is_written_meanwhile()
    {
        var (from, to) = (await Database(), await Another());
        await using var system = await JournalSystem.Start(from, follow: true);
        for (var i = 0; i < 50; i++) await system.Put(JournalSystem.ConfigMap($"{i % 5}"), $"{i}");
        var (store, rows) = (system.Reader.Store, new List<TableRow>());
        RevisionStore.Counters then = default;
        await store.ReadAll(
            async (counters, _, found) =>
            {
                then = counters;
                await foreach (var row in found)
                {
                    if (rows.Count % 10 == 0) await system.Put(JournalSystem.ConfigMap($"late {rows.Count}"), "");
                    rows.Add(row);
                }
            },
            CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), rows.Select(row => row.Revision));
        Assert.Equal((50, rows.Sum(row => (long)row.Message.Length)), (then.Head, then.Bytes));
        Assert.Equal(55, (await store.ReadCounters(0)).Head);
        await using var target = JournalConfiguration.Store(to);
        await target.Fill(then.Head, then.Floor, new Dictionary<string, string>(), rows, CancellationToken.None);
        Assert.Equal(then, await target.ReadCounters(0));
    }

    [Fact]
    public async Task A_database_that_holds_something_is_not_filled()
    {
        var (from, to) = (await Database(), await Another());
        await Written(from, new Random(1));
        await using (var other = await JournalSystem.Start(to)) await other.Put(JournalSystem.ConfigMap("kept"), "1");
        Assert.Contains("up to resourceVersion 1", (await Assert.ThrowsAsync<JournalNotEmptyException>(() => Copied(from, to))).Message, StringComparison.Ordinal);
        await using var still = await JournalSystem.Start(to);
        Assert.Equal(["kept"], still.Cache.List(ConfigMaps).Objects.Select(o => o.Key.Name));
        Assert.Equal(2, Assert.IsType<JournalSystem.Written>(await still.Put(JournalSystem.ConfigMap("kept"), "2")).Revision);
    }

    [Fact]
    public async Task A_database_that_a_control_plane_with_other_keys_has_marked_is_not_filled_and_one_with_the_same_keys_is()
    {
        var to = await Another();
        await using (var marked = await JournalSystem.Start(to)) await marked.Reader.Store.AddFingerprints(new Dictionary<string, string> { ["authority"] = "a" });
        await using var store = JournalConfiguration.Store(to);
        var refusal = await Assert.ThrowsAsync<JournalNotEmptyException>(() => Filled("b"));
        Assert.Contains("other keys", refusal.Message, StringComparison.Ordinal);
        await Filled("a");
        Assert.Equal(7, (await store.ReadCounters(0)).Head);

        Task Filled(string authority) => store.Fill(7, 0, new Dictionary<string, string> { ["authority"] = authority }, [], CancellationToken.None);
    }

    [Fact]
    public async Task A_filling_that_breaks_off_leaves_an_empty_database_and_can_be_made_again()
    {
        var (from, to) = (await Database(), await Another());
        await Written(from, new Random(1));
        await using (var store = JournalConfiguration.Store(to))
        {
            await Assert.ThrowsAsync<InvalidDataException>(() => store.Fill(10, 0, new Dictionary<string, string>(), Broken(), CancellationToken.None));
            await Assert.ThrowsAsync<InvalidDataException>(() => store.Fill(10, 0, new Dictionary<string, string>(), [TableRowOf(2), TableRowOf(2)], CancellationToken.None));
            await Assert.ThrowsAsync<InvalidDataException>(() => store.Fill(10, 0, new Dictionary<string, string>(), [TableRowOf(11)], CancellationToken.None));
            await store.Open();
            Assert.Equal(default, await store.ReadCounters(0));
        }
        await Copied(from, to);
        await Same(from, to);

        static IEnumerable<TableRow> Broken()
        {
            yield return TableRowOf(1);
            throw new InvalidDataException("The file ends here.");
        }
    }

    private static TableRow TableRowOf(long revision, int size = 10) => new(revision, 0, false, $"/configmaps/default/{revision}", 1, new byte[size], ObjectEventSerializer.Stored, 9101, "");

    /// <summary>Creates, updates, deletes and makes again, compacts what is old, and leaves a row that nobody can read.</summary>
    internal static async Task Written(JournalOptions options, Random random)
    {
        await using var system = await JournalSystem.Start(options);
        var start = DateTimeOffset.UnixEpoch;
        for (var i = 0; i < 80; i++)
        {
            var key = i % 11 == 0 ? Secret("s") : JournalSystem.ConfigMap($"{random.Next(12)}");
            await system.Put(key, $"{i}", deleted: key != Secret("s") && system.Cache.Get(key) is not null && random.Next(3) == 0, at: start.AddHours(i));
            if (i == 40) await system.Reader.Store.CompactPiece(start.AddHours(20));
        }
        var next = system.Cache.TryGetNewest(JournalSystem.ConfigMap("unreadable").PersistenceId, out var newest) ? newest.SequenceNr + 1 : 1;
        var damaged = Row(system, JournalSystem.ConfigMap("unreadable"), next, "1");
        await system.Reader.Store.Insert([damaged with { Message = damaged.Message[..5] }], system.Cache.Revision);
        await system.Reader.Store.AddFingerprints(new Dictionary<string, string> { ["authority"] = "a", ["key 1"] = "b" });
    }

    /// <summary>Copies all of a journal; the result is the head it had.</summary>
    internal static async Task<long> Copied(JournalOptions from, JournalOptions to, long jump = 0)
    {
        await using var source = JournalConfiguration.Store(from);
        await using var target = JournalConfiguration.Store(to);
        var head = 0L;
        await source.ReadAll(
            async (counters, fingerprints, rows) =>
            {
                head = counters.Head;
                var all = new List<TableRow>();
                await foreach (var row in rows) all.Add(row);
                await target.Fill(head + jump, counters.Floor, fingerprints, all, CancellationToken.None);
            },
            CancellationToken.None);
        return head;
    }

    /// <summary>Two journals are the same: tables, objects, windows, and what is written next.</summary>
    internal static async Task Same(JournalOptions one, JournalOptions other)
    {
        Assert.Equal(await Table(one), await Table(other));
        await using var before = await JournalSystem.Start(one);
        await using var after = await JournalSystem.Start(other);
        Assert.Equal(before.Cache.Revision, after.Cache.Revision);
        Assert.Equal(Shown(before), Shown(after));
        Assert.Equal(Newest(before), Newest(after));
        Assert.Equal(before.Reader.Unreadable, after.Reader.Unreadable);
        for (var old = 0; old <= before.Cache.Revision; old++) Assert.Equal(Watch(before, old), Watch(after, old));
        foreach (var name in (string[])["0", "5", "11", "never there"])
        {
            var key = JournalSystem.ConfigMap(name);
            var (a, b) = (Assert.IsType<JournalSystem.Written>(await before.Put(key, "next")), Assert.IsType<JournalSystem.Written>(await after.Put(key, "next")));
            Assert.Equal((a.Revision, a.SequenceNr), (b.Revision, b.SequenceNr));
        }
    }

    internal static async Task<List<string>> Table(JournalOptions options)
    {
        await using var store = JournalConfiguration.Store(options);
        var table = new List<string>();
        await store.ReadAll(
            async (counters, fingerprints, rows) =>
            {
                table.Add($"{counters} {string.Join(' ', fingerprints.OrderBy(each => each.Key))}");
                await foreach (var row in rows) table.Add($"{row} {Convert.ToHexStringLower(row.Message)}");
            },
            CancellationToken.None);
        return table;
    }

    private static IEnumerable<string> Shown(JournalSystem system) => system.Cache.Resources.OrderBy(resource => resource.ToString()).SelectMany(resource =>
        system.Cache.List(resource).Objects.Select(found => $"{found.Key} {found.Revision} {Text(found)}"));

    private static IEnumerable<string> Newest(JournalSystem system) => Enumerable.Range(0, 12).Select(i => $"{i}").Append("unreadable").Select(name =>
        system.Cache.TryGetNewest(JournalSystem.ConfigMap(name).PersistenceId, out var newest) ? $"{name} {newest.SequenceNr} {newest.Revision} {newest.IsTombstone} {newest.Fault}" : $"{name} none");
}
