using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.TestKit;
using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Scheduling;
using ControlPlane.Scheduling.Predicates;
using ControlPlane.Scheduling.Priorities;
using Shared.Api;
using Tests.Support;
using Tests.Unit.Scheduling;
using Xunit;

namespace Tests.Actors.Scheduler;

public sealed class SchedulerActorTests : ActorTest
{
    private readonly WatchCache _cache = new();
    private readonly ConcurrentQueue<EventNote> _events = new();
    private readonly SteppedClock _clock = new();
    private readonly TestProbe _objects;
    private long _revision;

    public SchedulerActorTests() : base("akka.loglevel = WARNING") => _objects = CreateTestProbe();

    private sealed class SteppedClock : TimeProvider
    {
        private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private long _elapsed;
        private long _set;
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override DateTimeOffset GetUtcNow() => Start + TimeSpan.FromTicks(Interlocked.Read(ref _elapsed) + Interlocked.Read(ref _set));
        public override long GetTimestamp() => Interlocked.Read(ref _elapsed);
        public void Advance(double seconds) => Interlocked.Add(ref _elapsed, TimeSpan.FromSeconds(seconds).Ticks);
        public void Set(TimeSpan by) => Interlocked.Add(ref _set, by.Ticks);
    }

    private IActorRef Start(SchedulerOptions? options = null, Placement? placement = null) =>
        Sys.ActorOf(SchedulerActor.Props(_cache, _objects, _events.Enqueue, _clock, options ?? new(), placement));

    /// <summary>Commits objects to the cache; returns them as stored.</summary>
    private StoredObject[] Commit(bool deleted, params StoredObject[] objects)
    {
        var from = _revision + 1;
        var events = objects.Select(shown =>
        {
            var json = shown.ToJsonObject();
            json["metadata"]!.AsObject().Remove("resourceVersion");
            var stored = new ObjectStored(shown.Key, ObjectJson.ToUtf8(json), deleted, new("test", "update", "test", _clock.GetUtcNow()));
            stored.Committed(++_revision);
            return new CommittedEvent(shown.Key.PersistenceId, _revision, 0, stored);
        }).ToArray();
        Assert.True(_cache.Apply(new(from, _revision, events)));
        return [.. events.Select(e => e.Event.ToStored())];
    }

    private static CommittedEvent Event(StoredObject live)
    {
        var stored = new ObjectStored(live.Key, live.Json.ToArray(), false, new("test", "update", "test", default));
        return new(live.Key.PersistenceId, live.Revision, 0, stored);
    }

    private StoredObject Commit(StoredObject shown) => Commit(deleted: false, shown)[0];

    /// <summary>What the pod's actor does with a bind: stores it and answers.</summary>
    private StoredObject Accept(BindPod bind, IActorRef scheduler)
    {
        var bound = Commit(Bound(bind));
        scheduler.Tell(new ObjectAccepted(bound, Deleted: false), _objects);
        return bound;
    }

    private StoredObject Bound(BindPod bind) => Some.Changed(_cache.Get(bind.Key)!, json => json["spec"]!["nodeName"] = bind.Node.Value);

    private BindPod ExpectBind() => _objects.ExpectMsg<BindPod>(TimeSpan.FromSeconds(10));

    [Fact]
    public void Pod_that_was_there_before_the_scheduler_is_bound()
    {
        Commit(Some.Node("a"));
        var pod = Commit(Some.Pod("p"));
        var scheduler = Start();
        var bind = ExpectBind();
        Assert.Equal((pod.Key, pod.Uid, "a"), (bind.Key, bind.Uid.Value, bind.Node.Value));
        Accept(bind, scheduler);
        AwaitAssert(() => Assert.Equal("Successfully assigned default/p to a", Assert.Single(_events).Message));
    }

    [Fact]
    public void Bind_is_told_once_whether_the_feed_or_the_answer_comes_first()
    {
        Commit(Some.Node("a"));
        Commit(deleted: false, [.. Enumerable.Range(0, 8).Select(i => Some.Pod($"p{i}"))]);
        var scheduler = Start();
        var binds = Enumerable.Range(0, 8).Select(_ => ExpectBind()).ToArray();
        for (var i = 0; i < 8; i++)
        {
            var bound = Commit(Bound(binds[i]));
            // A new pod that is bound shows that the feed has been read to there.
            if (i % 2 == 0) Accept(Pending(), scheduler);
            scheduler.Tell(new ObjectAccepted(bound, Deleted: false), _objects);
        }
        AwaitAssert(() => Assert.Equal(12, _events.Count));
        Assert.Equal(12, _events.Select(e => e.Message).Distinct().Count());

        BindPod Pending()
        {
            Commit(Some.Pod($"later{_revision}"));
            return ExpectBind();
        }
    }

    [Fact]
    public void Pods_that_come_later_are_bound_without_waiting_for_answers()
    {
        Start();
        Commit(Some.Node("a"));
        Commit(deleted: false, [.. Enumerable.Range(0, 100).Select(i => Some.Pod($"p{i}"))]);
        var bound = Enumerable.Range(0, 100).Select(_ => ExpectBind().Key.Name).ToHashSet();
        Assert.Equal(100, bound.Count);
    }

    [Fact]
    public void Pod_that_fits_nowhere_says_why_and_is_bound_when_a_node_comes()
    {
        Commit(Some.Node("a", cpu: "1"));
        Commit(Some.Pod("p", cpu: "2"));
        Start();
        var told = _objects.ExpectMsg<PatchObject>();
        Assert.Equal(("status", "uid-p"), (told.Subresource, told.Preconditions.Uid));
        Assert.Equal("0/1 nodes are available: 1 Insufficient cpu.", Assert.IsType<PodUnschedulablePatch>(told.Patch).Message);
        var warned = Assert.Single(_events);
        Assert.Equal(("Warning", "FailedScheduling", told.Patch is PodUnschedulablePatch patch ? patch.Message : ""), (warned.Type, warned.Reason, warned.Message));
        _clock.Advance(2);
        Commit(Some.Node("b"));
        Assert.Equal("b", ExpectBind().Node.Value);
    }

    [Fact]
    public void Refusal_of_the_condition_is_not_taken_for_one_of_a_bind()
    {
        Commit(Some.Node("a", cpu: "1"));
        Commit(Some.Pod("p", cpu: "2"));
        Start();
        var told = _objects.ExpectMsg<PatchObject>();
        var writer = _objects.LastSender;
        _clock.Advance(2);
        Commit(Some.Node("b"));
        ExpectBind();
        writer.Tell(new ObjectRejected(told.Key, ApiStatus.NotFound(told.Key)));
        Commit(Some.Pod("q", cpu: "3500m"));
        // "p" still counts on "b": "q" would fit there otherwise.
        Assert.IsType<PodUnschedulablePatch>(_objects.ExpectMsg<PatchObject>().Patch);
    }

    [Fact]
    public void Bind_without_an_answer_is_sent_again()
    {
        Commit(Some.Node("a"));
        Commit(Some.Pod("p"));
        var scheduler = Start();
        ExpectBind();
        _clock.Advance(5);
        scheduler.Tell(SchedulerActor.Due.Instance);
        Assert.Equal("p", ExpectBind().Key.Name);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void What_is_waited_for_comes_in_its_time_though_the_clock_is_set_by_an_hour(int hours)
    {
        Commit(Some.Node("a"));
        Commit(Some.Pod("p"));
        var scheduler = Start();
        ExpectBind();
        _clock.Set(TimeSpan.FromHours(hours));
        _clock.Advance(4);
        scheduler.Tell(SchedulerActor.Due.Instance);

        // The bind of a later pod shows that the scheduler has looked: that of the first is not overdue yet.
        Commit(Some.Pod("q"));
        Assert.Equal("q", ExpectBind().Key.Name);
        _clock.Advance(1);
        scheduler.Tell(SchedulerActor.Due.Instance);
        Assert.Equal("p", ExpectBind().Key.Name);
    }

    [Fact]
    public void Bind_whose_answer_is_lost_is_not_sent_again()
    {
        Commit(Some.Node("a"));
        Commit(Some.Pod("p"));
        var scheduler = Start();
        var bind = ExpectBind();
        Commit(Some.Changed(_cache.Get(bind.Key)!, json => json["spec"]!["nodeName"] = "a"));
        // The bind of a later pod shows that the scheduler has seen the change.
        Commit(Some.Pod("q"));
        Assert.Equal("q", ExpectBind().Key.Name);
        _clock.Advance(4);
        scheduler.Tell(SchedulerActor.Due.Instance);
        _clock.Advance(2);
        scheduler.Tell(SchedulerActor.Due.Instance);
        Assert.Equal("q", ExpectBind().Key.Name);
    }

    [Fact]
    public void Second_scheduler_gives_way_and_accounts_what_the_first_bound()
    {
        Commit(Some.Node("a", cpu: "1"));
        Commit(Some.Pod("p", cpu: "1"));
        var first = Start();
        var bind = ExpectBind();
        var second = Start();
        Assert.Equal("p", ExpectBind().Key.Name);
        Accept(bind, first);
        Commit(Some.Pod("q", cpu: "1"));
        // Both have seen the bound pod once they find the node full for the next one.
        ExpectUnschedulable("q", "q");
        second.Tell(new ObjectRejected(bind.Key, ApiStatus.Conflict(bind.Key, "the pod is bound")));
        _clock.Advance(20);
        second.Tell(SchedulerActor.Due.Instance);
        Commit(Some.Pod("r", cpu: "1"));
        ExpectUnschedulable("r", "r");
    }

    private void ExpectUnschedulable(params string[] pods)
    {
        foreach (var pod in pods)
        {
            var patch = _objects.ExpectMsg<PatchObject>(TimeSpan.FromSeconds(10));
            Assert.IsType<PodUnschedulablePatch>(patch.Patch);
            Assert.Equal(pod, patch.Key.Name);
        }
    }

    [Fact]
    public void Scheduler_that_starts_anew_finds_everything_in_the_cache()
    {
        Commit(Some.Node("a", cpu: "2"));
        Commit(Some.Pod("p", cpu: "1"));
        Commit(Some.Pod("q", cpu: "1"));
        var first = Start();
        var binds = new[] { ExpectBind(), ExpectBind() };
        Accept(binds[0], first);
        Watch(first);
        Sys.Stop(first);
        ExpectTerminated(first);
        Start();
        Assert.Equal(binds[1].Key, ExpectBind().Key);
        Commit(Some.Pod("r", cpu: "1"));
        Assert.Equal("0/1 nodes are available: 1 Insufficient cpu.", Assert.IsType<PodUnschedulablePatch>(_objects.ExpectMsg<PatchObject>().Patch).Message);
    }

    [Fact]
    public void Scheduler_that_fell_out_of_the_window_starts_over()
    {
        Commit(Some.Node("a", cpu: "1"));
        var blocker = Commit(Some.Pod("blocker", cpu: "1", node: "a"));
        // One batch larger than the window of changes: the scheduler cannot have read in between.
        var scheduler = Start();
        Commit(Some.Pod("p", cpu: "1"));
        _objects.ExpectMsg<PatchObject>();
        var churn = Enumerable.Range(0, ResourceCache.DefaultWindow + 10).Select(i => Some.Changed(blocker, json => json["metadata"]!["generation"] = 1)).ToArray();
        Commit(deleted: false, churn);
        Commit(deleted: true, Some.Changed(blocker, _ => { }));
        _clock.Advance(2);
        scheduler.Tell(SchedulerActor.Due.Instance);
        Assert.Equal("p", ExpectBind().Key.Name);
    }

    [Fact]
    public void Pod_that_a_predicate_cannot_stand_waits_and_the_others_go_on()
    {
        Commit(Some.Node("a"));
        Commit(Some.Pod("bad"));
        Commit(Some.Pod("good"));
        var moody = new Moody();
        IActorRef scheduler = null!;
        EventFilter.Exception<InvalidOperationException>(contains: "out of order").ExpectOne(() =>
        {
            scheduler = Start(placement: new(new([.. PredicateChain.All.Predicates, moody]), PriorityList.All));
            Assert.Equal("good", ExpectBind().Key.Name);
        });
        moody.IsWell = true;
        _clock.Advance(1);
        scheduler.Tell(SchedulerActor.Due.Instance);
        Assert.Equal("bad", ExpectBind().Key.Name);
    }

    /// <summary>A predicate that throws at the pod "bad" until it is well.</summary>
    private sealed class Moody : IPredicate
    {
        private volatile bool _isWell;
        public bool IsWell { set => _isWell = value; }
        public string Name => "Moody";
        public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout) =>
            pod.Key.Name == "bad" && !_isWell ? throw new InvalidOperationException("out of order") : null;
    }

    [Fact]
    public void Refused_bind_is_tried_again_after_a_back_off_and_the_node_has_its_room_back()
    {
        Commit(Some.Node("a", cpu: "1"));
        Commit(Some.Pod("p", cpu: "1"));
        var scheduler = Start();
        var bind = ExpectBind();
        scheduler.Tell(new ObjectRejected(bind.Key, ApiStatus.ServiceUnavailable("the journal does not answer")));
        Commit(Some.Pod("q", cpu: "1"));
        Assert.Equal("q", ExpectBind().Key.Name);
        scheduler.Tell(new ObjectRejected(Some.PodKey("q"), ApiStatus.ServiceUnavailable("the journal does not answer")));
        _clock.Advance(1);
        scheduler.Tell(SchedulerActor.Due.Instance);
        Assert.Equal("p", ExpectBind().Key.Name);
    }

    [Fact]
    public void Acceptance_that_comes_after_the_bind_was_given_up_counts()
    {
        Commit(Some.Node("a", cpu: "1"));
        Commit(Some.Pod("p", cpu: "1"));
        var scheduler = Start();
        var bind = ExpectBind();
        _clock.Advance(5);
        scheduler.Tell(SchedulerActor.Due.Instance);
        Assert.Equal("p", ExpectBind().Key.Name);
        var bound = Accept(bind, scheduler);
        scheduler.Tell(new ObjectRejected(bind.Key, ApiStatus.Conflict(bind.Key, "the pod is bound")));
        Commit(Some.Pod("q", cpu: "1"));
        ExpectUnschedulable("q");
        _clock.Advance(20);
        scheduler.Tell(SchedulerActor.Due.Instance);
        // The end of "p" is what lets "q" in: until then nothing was bound a second time.
        Commit(deleted: true, Some.Changed(bound, _ => { }));
        Assert.Equal("q", ExpectBind().Key.Name);
    }

    [Fact]
    public void Affinity_to_pods_of_other_namespaces_follows_their_labels()
    {
        const string near = """
            {"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[
              {"topologyKey":"kubernetes.io/hostname","labelSelector":{},"namespaceSelector":{"matchLabels":{"team":"x"}}}]}}}
            """;
        Commit(Some.Node("a"));
        Commit(Some.Pod("other", node: "a", @namespace: "others"));
        Commit(Some.Pod("p", spec: near));
        var scheduler = Start();
        ExpectUnschedulable("p");
        _clock.Advance(2);
        Commit(Some.Stored(new("", "namespaces", "", "others"), new() { ["metadata"] = new JsonObject { ["name"] = "others", ["labels"] = new JsonObject { ["team"] = "x" } } }));
        Assert.Equal("p", ExpectBind().Key.Name);
        Watch(scheduler);
        Sys.Stop(scheduler);
        ExpectTerminated(scheduler);
        // The next scheduler finds the namespaces' labels in the cache, as it finds the rest.
        Start();
        Assert.Equal("p", ExpectBind().Key.Name);
    }

    [Fact]
    public void Reset_of_the_cache_is_followed()
    {
        Commit(Some.Node("a", cpu: "1"));
        var blocker = Commit(Some.Pod("blocker", cpu: "1", node: "a"));
        var waiting = Commit(Some.Pod("p", cpu: "1"));
        Start();
        ExpectUnschedulable("p");
        _clock.Advance(2);
        // What a new read of the journal shows: the end of "blocker" was among what was missed.
        _revision += 10;
        _cache.Reset(new(_revision, [Event(_cache.Get(new("", "nodes", "", "a"))!), Event(waiting)], []));
        Assert.Equal("p", ExpectBind().Key.Name);
        Assert.Null(_cache.Get(blocker.Key));
    }
}
