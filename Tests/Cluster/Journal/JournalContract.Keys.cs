using System.Security.Cryptography;
using System.Text;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Journal;

/// <summary>Keys of secrets on every database.</summary>
public abstract partial class JournalContract
{
    [Fact]
    public async Task Events_are_encrypted_anew_in_place_and_nothing_but_their_bytes_at_rest_changes()
    {
        var options = await WithSharedSecret();
        await using var system = await JournalSystem.Start(options);
        var (store, ring) = (system.Reader.Store, KeyRing.Get(system.System));
        await store.StepKeys(table => table.Enrolled(ring.Wrapped()));
        for (var i = 0; i < 10; i++) await system.Put(Secret("s"), $"value-{i}");
        await system.Put(Secret("gone"), "old");
        await system.Put(Secret("gone"), "old", deleted: true);
        await system.Put(JournalSystem.ConfigMap("c"), "clear");
        Assert.Equal(new Dictionary<int, long> { [1] = 12 }, await store.CountByKey());
        var before = await Everything(system);
        var counters = await store.ReadCounters(0);

        await Rotate(store, ring);
        Assert.Contains("12 stored events", (await Assert.ThrowsAsync<KeyStepException>(store.DropKeys)).Message, StringComparison.Ordinal);
        Assert.Equal(KeyPhase.Retired, (await store.ReadKeys()).Keys[0].Phase);
        Assert.Equal(12, (await store.NoteLeft(await store.CountByKey())).Keys[0].Left);
        Assert.Equal((0, 0, 0), await store.RenewPiece(ring, 3, 3, 5));
        Assert.Equal((5, 5, 0), await store.RenewPiece(ring, 0, 13, 5));
        Assert.Equal(7, (await store.ReadKeys()).Keys[0].Left);
        Assert.Contains("7 stored events", (await Assert.ThrowsAsync<KeyStepException>(store.DropKeys)).Message, StringComparison.Ordinal);

        // After a crash the round begins anew, and what is done is passed over.
        Assert.Equal((12, 7, 0), await store.RenewPiece(ring, 0, 13, 100));
        Assert.Equal((0, 0, 0), await store.RenewPiece(ring, 12, 13, 100));
        Assert.Equal(1, (await store.ReadKeys()).Keys[0].Left);
        await store.NoteLeft(await store.CountByKey());
        Assert.Equal(new Dictionary<int, long> { [2] = 12 }, await store.CountByKey());
        Assert.Equal(counters, await store.ReadCounters(0));
        Assert.Equal(before, await Everything(system));

        await store.DropKeys();
        Assert.Equal(["key 2"], (await store.ReadFingerprints()).Keys.Where(name => name.StartsWith("key", StringComparison.Ordinal)));
        Assert.StartsWith("2 ", await File.ReadAllTextAsync(Path.Combine(options.DataDirectory, "secrets.keys")), StringComparison.Ordinal);
        await system.DisposeAsync();
        await using var again = await JournalSystem.Start(options);
        Assert.Equal(before, await Everything(again));
        Assert.Equal(0, again.Reader.Unreadable);
        Assert.False(KeyRing.Get(again.System).Holds(1));
    }

    [Fact]
    public async Task Member_that_was_away_while_keys_were_rotated_takes_the_new_one_from_the_database()
    {
        var options = await WithSharedSecret();
        var ringFile = Path.Combine(options.DataDirectory, "secrets.keys");
        string old;
        await using (var system = await JournalSystem.Start(options))
        {
            var (store, ring) = (system.Reader.Store, KeyRing.Get(system.System));
            old = await File.ReadAllTextAsync(ringFile);
            await store.StepKeys(table => table.Enrolled(ring.Wrapped()));
            await Rotate(store, ring);
            await system.Put(Secret("s"), "value");
            await store.DropKeys();
        }
        var held = (await File.ReadAllTextAsync(ringFile)).Split(' ')[1];
        await File.WriteAllTextAsync(ringFile, old);
        await using var back = await JournalSystem.Start(options);
        Assert.Contains("value", Encoding.UTF8.GetString(back.Cache.Get(Secret("s"))!.Json.Span), StringComparison.Ordinal);
        Assert.Equal($"2 {held}", await File.ReadAllTextAsync(ringFile));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(ringFile));
    }

    [Fact]
    public async Task Nothing_is_stored_under_a_key_that_was_dropped_meanwhile_and_its_writer_encrypts_it_anew()
    {
        var options = await WithSharedSecret();
        await using var system = await JournalSystem.Start(options);
        var (store, ring) = (system.Reader.Store, KeyRing.Get(system.System));
        await store.StepKeys(table => table.Enrolled(ring.Wrapped()));
        var serializer = system.System.Serialization.FindSerializerForType(typeof(ObjectStored));
        var @event = JournalSystem.Event(Secret("late"), "value");
        var late = new JournalRow(Secret("late").PersistenceId, 1, 0, ObjectEventSerializer.Stored, serializer.Identifier, "", serializer.ToBinary(@event), @event) { Key = 1 };
        await Rotate(store, ring);
        await store.DropKeys();
        Assert.Null(await store.Insert([late], system.Cache.Revision));
        Assert.Equal(0, (await store.ReadCounters(0)).Head);

        using var stop = new CancellationTokenSource();
        var writer = new GroupCommit(store, system.Cache, new(), row => row with { Key = 2, Message = ObjectEventSerializer.Renew(row.Message, ring) });
        var running = writer.Run(stop.Token);
        await writer.Append([late]).WaitAsync(JournalSystem.Patience);
        await stop.CancelAsync();
        await running;
        Assert.Equal(new Dictionary<int, long> { [2] = 1 }, await store.CountByKey());
    }

    /// <summary>Options of a member, with what members share beside its keys.</summary>
    protected async Task<JournalOptions> WithSharedSecret()
    {
        var options = await Database();
        Directory.CreateDirectory(Path.Combine(options.DataDirectory, "pki"));
        await File.WriteAllTextAsync(Path.Combine(options.DataDirectory, "pki", "agents.key"), Convert.ToHexString(RandomNumberGenerator.GetBytes(32)) + "\n");
        return options;
    }

    protected static ObjectKey Secret(string name) => new("", "secrets", "default", name);

    /// <summary>A new key that encrypts from now on.</summary>
    protected static async Task Rotate(RevisionStore store, KeyRing ring)
    {
        var (key, fingerprint) = ring.New((await store.ReadKeys()).NextId(ring.Fingerprints.Keys));
        await store.StepKeys(table => table.Added(key), new Dictionary<int, string> { [key.Id] = fingerprint });
        Assert.NotEqual(key.Id, ring.Current);
        await store.StepKeys(table => table.Promoted(key.Id));
        Assert.Equal(key.Id, ring.Current);
    }

    private static async Task<List<(string, long, long, string)>> Everything(JournalSystem system)
    {
        var all = new List<(string, long, long, string)>();
        foreach (var key in (ObjectKey[])[Secret("s"), Secret("gone"), JournalSystem.ConfigMap("c")])
        {
            foreach (var e in await system.Reader.History(key)) all.Add((e.PersistenceId, e.SequenceNr, e.Event.Revision, Encoding.UTF8.GetString(e.Event.Json)));
        }
        return all;
    }
}
