using ControlPlane.Entities;
using ControlPlane.Journal;
using ControlPlane.Membership;
using ControlPlane.Objects;
using Shared.Api;
using Tests.Support;
using Tests.Unit.Journal;
using Tests.Unit.Nodes.Leases;
using Xunit;

namespace Tests.Actors.Objects;

/// <summary>Who is woken, when, and what survives whom.</summary>
public sealed class ReconcileDispatcherTests : ActorTest, IAsyncLifetime
{
    private static readonly ObjectKey Key = JournalSystem.ConfigMap("a");
    private readonly WatchCache _cache = new();
    private readonly ManualTime _time = new();
    private readonly List<string> _faults = [];
    private readonly HostedShards _hosted = new();
    private ReconcileDispatcher _dispatcher = null!;
    private Func<Task<long>> _head = () => Task.FromResult(0L);

    public Task InitializeAsync()
    {
        Start(new EverythingRule());
        return Task.CompletedTask;
    }

    async Task IAsyncLifetime.DisposeAsync() => await _dispatcher.DisposeAsync();

    [Fact]
    public void Change_wakes_whom_the_rules_name_with_its_revision()
    {
        Write(1, Key);
        Assert.Equal((Key, 1L), Woken());
    }

    [Fact]
    public void Due_object_is_woken_when_its_time_has_come_and_not_before()
    {
        _dispatcher.Settled(Key, TimeSpan.FromSeconds(6));
        _time.Pass(TimeSpan.FromSeconds(5.9));
        Assert.Equal(1, _dispatcher.Waiting);
        _dispatcher.Settled(Key, TimeSpan.FromSeconds(6));
        PassUntilWoken(TimeSpan.FromSeconds(6.2));
    }

    /// <summary>The wall clock is not looked at.</summary>
    [Fact]
    public void Step_of_the_wall_clock_makes_nothing_due()
    {
        _dispatcher.Settled(Key, TimeSpan.FromMinutes(1));
        _time.Step(TimeSpan.FromHours(1));
        _time.Pass(TimeSpan.FromSeconds(30));
        Write(1, JournalSystem.ConfigMap("other"));
        Assert.Equal("other", Woken().Key.Name);
    }

    [Fact]
    public void Object_that_failed_is_woken_again_and_again_until_it_settles()
    {
        for (var i = 0; i < 3; i++)
        {
            _dispatcher.Failed(Key);
            PassUntilWoken(TimeSpan.FromSeconds(1));
        }
        _dispatcher.Settled(Key, null);
        Assert.Equal(0, _dispatcher.Waiting);
    }

    [Fact]
    public void Settling_replaces_what_was_due_before()
    {
        _dispatcher.Settled(Key, TimeSpan.FromSeconds(1));
        _dispatcher.Settled(Key, null);
        Assert.Equal(0, _dispatcher.Waiting);
    }

    [Fact]
    public async Task Rule_that_throws_is_reported_and_the_others_wake_theirs()
    {
        await _dispatcher.DisposeAsync();
        Start(new ThrowingRule(), new EverythingRule());
        Write(1, Key);
        Assert.Equal((Key, 1L), Woken());
        Write(2, Key);
        Assert.Equal((Key, 2L), Woken());
        Assert.Equal([nameof(ThrowingRule), nameof(ThrowingRule)], _faults);
        Assert.Equal(2, _cache.Revision);
    }

    /// <summary>Messages were lost, or an actor forgot: within the round every object is looked at though nothing happens.</summary>
    [Fact]
    public void Everything_is_looked_at_again_within_the_round()
    {
        for (var i = 1; i <= 10; i++) Write(i, JournalSystem.ConfigMap($"{i}"));
        var first = new HashSet<string>();
        while (first.Count < 10) first.Add(Woken().Key.Name);

        var again = new HashSet<string>();
        for (var second = 0; second < 300; second++)
        {
            _time.Pass(TimeSpan.FromSeconds(1));
            while (ReceiveOne(TimeSpan.FromMilliseconds(second < 299 ? 0 : 500)) is Reconcile woken) again.Add(woken.Key.Name);
        }
        Assert.Equal(10, again.Count);
    }

    [Fact]
    public void After_a_start_everything_is_looked_at_once()
    {
        // What is hosted here has been looked at once the first is woken.
        Write(1, JournalSystem.ConfigMap("1"));
        Woken();
        for (var i = 2; i <= 5; i++) Write(i, JournalSystem.ConfigMap($"{i}"));
        for (var i = 2; i <= 5; i++) Woken();
        _dispatcher.MarkAll();
        Assert.Equal(["1", "2", "3", "4", "5"], Enumerable.Range(0, 5).Select(_ => Woken().Key.Name).Order());
    }

    [Fact]
    public void Only_what_is_hosted_here_is_woken()
    {
        _hosted.Remove(ObjectMessageExtractor.ShardOf(JournalSystem.ConfigMap("theirs")));
        Write(1, JournalSystem.ConfigMap("theirs"));
        Write(2, JournalSystem.ConfigMap("ours"));
        Assert.Equal("ours", Woken().Key.Name);
        _dispatcher.Failed(JournalSystem.ConfigMap("theirs"));
        PassUntilIdle();
        ExpectNoMsg(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void Shard_that_comes_here_is_looked_at_as_a_whole()
    {
        _hosted.Add(NotHosted(JournalSystem.ConfigMap("theirs")));
        Assert.Equal("theirs", Woken().Key.Name);
        ExpectNoMsg(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void Objects_of_a_shard_that_comes_here_plan_from_no_earlier_than_all_that_was_done_before()
    {
        var theirs = JournalSystem.ConfigMap("theirs");
        var shard = NotHosted(theirs);
        var head = new TaskCompletionSource<long>();
        _head = () => head.Task;
        _hosted.Add(shard);
        Write(3, theirs);
        ExpectNoMsg(TimeSpan.FromMilliseconds(200));

        // What who hosted it before has done to other objects, of which nothing has come here yet.
        head.SetResult(7);
        Assert.Equal(("theirs", 7L), (Woken() is var woken ? woken.Key.Name : "", woken.Revision));
    }

    [Fact]
    public void Object_that_stopped_half_way_plans_from_no_earlier_than_what_it_had_done()
    {
        Write(1, Key);
        Assert.Equal((Key, 1L), Woken());
        _head = () => Task.FromResult(9L);
        _dispatcher.Failed(Key);
        Write(2, Key);
        Assert.Equal((Key, 9L), Woken());
    }

    [Fact]
    public void Shard_whose_newest_revision_cannot_be_read_waits_until_it_can()
    {
        var theirs = JournalSystem.ConfigMap("theirs");
        var shard = NotHosted(theirs);
        var reads = 0;
        _head = () => ++reads < 3 ? Task.FromException<long>(new IOException("no database")) : Task.FromResult(5L);
        _hosted.Add(shard);
        var revision = 0L;
        AwaitCondition(
            () =>
            {
                // The slow round wakes the others meanwhile.
                _time.Pass(TimeSpan.FromSeconds(1));
                while (HasMessages && revision == 0) revision = Woken() is var woken && woken.Key == theirs ? woken.Revision : 0;
                return revision > 0;
            },
            TimeSpan.FromSeconds(20));
        Assert.Equal(5L, revision);
        Assert.Contains("asking for the newest revision", _faults);
    }

    /// <summary>An object whose shard others host, once all that is woken by its making has been.</summary>
    private int NotHosted(ObjectKey theirs)
    {
        var shard = ObjectMessageExtractor.ShardOf(theirs);
        _hosted.Remove(shard);
        Write(1, theirs);
        Write(2, JournalSystem.ConfigMap("ours"));
        Assert.Equal("ours", Woken().Key.Name);
        return shard;
    }

    private void PassUntilIdle()
    {
        AwaitCondition(
            () =>
            {
                _time.Pass(TimeSpan.FromSeconds(1));
                return _dispatcher.Waiting == 0;
            },
            TimeSpan.FromSeconds(20));
    }

    private void Start(params IWakeRule[] rules)
    {
        for (var shard = 0; shard < Shards.Count; shard++) _hosted.Add(shard);
        _dispatcher = new(new(_cache, TestActor, rules, [Key.GroupResource], _hosted, () => _head(), _time, (rule, _) => _faults.Add(rule)));
    }

    private void Write(long revision, ObjectKey key) => _cache.Apply(JournalEvents.Batch(JournalEvents.At(revision, key)));

    private (ObjectKey Key, long Revision) Woken()
    {
        var woken = ExpectMsg<Reconcile>(TimeSpan.FromSeconds(20));
        return (woken.Key, woken.AtRevision);
    }

    // The dispatcher sets its timer on a thread of its own: time passes until it has.
    private void PassUntilWoken(TimeSpan atMost)
    {
        AwaitCondition(
            () =>
            {
                _time.Pass(atMost);
                return HasMessages;
            },
            TimeSpan.FromSeconds(20));
        Assert.Equal(Key, Woken().Key);
    }

    private sealed class EverythingRule : IWakeRule
    {
        public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys) => keys.Add(change.Object.Key);
    }

    private sealed class ThrowingRule : IWakeRule
    {
        public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys) => throw new InvalidOperationException("A rule's bug.");
    }
}
