using ControlPlane.Journal;
using Shared.Api;
using Shared.Hosting;
using Shared.Serialization;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Journal;

/// <summary>Control planes that are members of one cluster and never poll: what they see of each other was pushed, or read because of a hole.</summary>
public sealed class JournalFeedTests : IAsyncLifetime
{
    private static readonly string Member = """
        akka.actor.provider = cluster
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        akka.cluster { gossip-interval = 100ms, leader-actions-interval = 100ms }
        actors.journal.poll = 1h
        """ + "\n" + ProtocolConfig.Config.ToString() + "\n" + RemoteSettings.Config.ToString();

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("journal-");
    private JournalSystem _a = null!;
    private JournalSystem _b = null!;

    private JournalOptions Options => new(_directory.FullName);

    public async Task InitializeAsync()
    {
        (_a, _b) = (await JournalSystem.Start(Options, Member, follow: true), await JournalSystem.Start(Options, Member, follow: true));
        var seed = Akka.Cluster.Cluster.Get(_a.System).SelfAddress;
        foreach (var member in new[] { _a, _b }) await Akka.Cluster.Cluster.Get(member.System).JoinAsync(seed).WaitAsync(JournalSystem.Patience);
        await Pushes(_a, _b);
        await Pushes(_b, _a);
    }

    public async Task DisposeAsync()
    {
        await _b.DisposeAsync();
        await _a.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task What_one_member_commits_reaches_the_other_whatever_its_size()
    {
        foreach (var size in new[] { 1, 10_000, 1_500_000, 10 })
        {
            var written = Assert.IsType<JournalSystem.Written>(await _a.Put(JournalSystem.ConfigMap($"{size}"), new string('x', size)));
            await _b.Cache.WaitFor(written.Revision).WaitAsync(JournalSystem.Patience);
            Assert.Equal(written.Stored.Json, _b.Cache.Get(written.Stored.Key)!.Json.ToArray());
        }
        var back = Assert.IsType<JournalSystem.Written>(await _b.Put(JournalSystem.ConfigMap("1"), "back"));
        await _a.Cache.WaitFor(back.Revision).WaitAsync(JournalSystem.Patience);
        Assert.Equal(2, back.SequenceNr);
    }

    [Fact]
    public async Task A_secret_written_at_one_member_is_readable_at_the_other()
    {
        var secret = new ObjectKey("", "secrets", "default", "s");
        var written = Assert.IsType<JournalSystem.Written>(await _a.Put(secret, "c3dvcmRmaXNo"));
        await _b.Cache.WaitFor(written.Revision).WaitAsync(JournalSystem.Patience);
        Assert.Equal(written.Stored.Json, _b.Cache.Get(secret)!.Json.ToArray());
    }

    [Fact]
    public async Task A_hole_that_no_push_fills_is_read_from_the_table()
    {
        // A process outside the cluster pushes nothing; what comes after its writes shows the members that they lack something.
        await using var outsider = await JournalSystem.Start(Options);
        for (var i = 0; i < 5; i++) await outsider.Put(JournalSystem.ConfigMap($"silent-{i}"), "");
        var written = Assert.IsType<JournalSystem.Written>(await _a.Put(JournalSystem.ConfigMap("heard"), ""));
        await Task.WhenAll(_a.Cache.WaitFor(written.Revision), _b.Cache.WaitFor(written.Revision)).WaitAsync(JournalSystem.Patience);
        Assert.NotNull(_b.Cache.Get(JournalSystem.ConfigMap("silent-4")));
        Assert.NotNull(_a.Cache.Get(JournalSystem.ConfigMap("silent-4")));
    }

    [Fact]
    public async Task Both_members_writing_at_once_see_every_change_in_order()
    {
        var tails = new[] { _a, _b }.Select(member =>
        {
            var tail = new List<long>();
            member.Cache.Applied += (_, changes) => tail.AddRange(changes.Select(change => change.Object.Revision));
            return tail;
        }).ToArray();
        var before = _a.Cache.Revision;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            for (var n = 0; n < 10; n++) Assert.IsType<JournalSystem.Written>(await (i % 2 == 0 ? _a : _b).Put(JournalSystem.ConfigMap($"{i}-{n}"), ""));
        }));
        await Task.WhenAll(_a.Cache.WaitFor(before + 200), _b.Cache.WaitFor(before + 200)).WaitAsync(JournalSystem.Patience);
        foreach (var tail in tails) Assert.Equal(Enumerable.Range(1, 200).Select(i => before + i), tail);
    }

    // Until a push arrives the feeds do not know each other: a write of that time is seen with the next one.
    private static async Task Pushes(JournalSystem from, JournalSystem to)
    {
        var deadline = Task.Delay(JournalSystem.Patience);
        for (var i = 0; ; i++)
        {
            var written = Assert.IsType<JournalSystem.Written>(await from.Put(JournalSystem.ConfigMap("hello"), $"{i}"));
            var seen = to.Cache.WaitFor(written.Revision);
            await Task.WhenAny(seen, Task.Delay(100), deadline);
            if (seen.IsCompletedSuccessfully) return;
            Assert.False(deadline.IsCompleted, "Waited too long until a push arrives.");
        }
    }
}
