using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Actors.Objects;

/// <summary>A controller's actor over a real journal: whatever happens to it, the schedule knows that there is work left.</summary>
public sealed class ReconcilingActorTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = JournalSystem.Patience;
    private static readonly Requester By = Requester.Controller("test-controller");
    private static readonly ObjectKey Key = JournalSystem.ConfigMap("self");
    private static readonly ObjectKey Child = JournalSystem.ConfigMap("child");
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("actors-test-");
    private readonly RecordedSchedule _schedule = new();
    private JournalSystem _journal = null!;
    private TestProbe _shard = null!;
    private TestProbe _region = null!;

    public async Task InitializeAsync()
    {
        _journal = await JournalSystem.Start(new(_directory.FullName));
        var kit = new Akka.TestKit.Xunit2.TestKit(_journal.System);
        (_shard, _region) = (kit.CreateTestProbe(), kit.CreateTestProbe());
        await _journal.Put(Key, "1");
    }

    public async Task DisposeAsync()
    {
        await _journal.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void Object_at_rest_settles_with_the_time_its_plan_names()
    {
        Wake(Start((_, _) => new() { RequeueAfter = TimeSpan.FromSeconds(7) }));
        Assert.Equal("settled 7", Told());
    }

    [Fact]
    public void Throw_in_the_reconciler_is_a_failure_and_the_actor_lives_on()
    {
        var calls = 0;
        var actor = Start((_, _) => ++calls == 1 ? throw new InvalidOperationException("A controller's bug.") : Plan.Nothing);
        Wake(actor);
        Assert.Equal("failed", Told());
        Wake(actor);
        Assert.Equal("settled", Told());
    }

    /// <summary>Of the first version of this: a write refused with 429 stopped the actor, and its timers died with it.</summary>
    [Fact]
    public async Task Write_that_is_not_confirmed_stops_the_actor_and_leaves_its_work_in_the_schedule()
    {
        // Another actor of the same object writes while this one plans: it steps aside, and its shard lets it go.
        var actor = Start((self, _) =>
        {
            PutAtOnce(Key, "3");
            return new() { Commands = [new PatchObject(self.Key, Data("b"), "", By)] };
        });
        await _shard.WatchAsync(actor);
        Assert.IsType<ObjectAccepted>(await actor.Ask<ObjectResult>(new PatchObject(Key, Data("a"), "", By), Patience));

        Wake(actor);

        actor.Tell(_shard.ExpectMsg<Passivate>(Patience).StopMessage);
        await _shard.ExpectTerminatedAsync(actor, Patience);
        Assert.Equal("failed", Told());
    }

    /// <summary>A guest had written the Deployment that its own actor then looked at as it was before, and nobody looked again for minutes.</summary>
    [Fact]
    public async Task Actor_that_is_behind_what_others_wrote_plans_nothing_and_makes_room_for_one_that_knows()
    {
        var plans = 0;
        var actor = Start((_, _) =>
        {
            plans++;
            return Plan.Nothing;
        });
        await _shard.WatchAsync(actor);
        Assert.IsType<ObjectAccepted>(await actor.Ask<ObjectResult>(new PatchObject(Key, Data("a"), "", By), Patience));
        await _journal.Put(Key, "3");

        Wake(actor);

        actor.Tell(_shard.ExpectMsg<Passivate>(Patience).StopMessage);
        await _shard.ExpectTerminatedAsync(actor, Patience);
        Assert.Equal("settled 0", Told());
        Assert.Equal(0, plans);
    }

    [Fact]
    public async Task Stop_half_way_leaves_the_work_in_the_schedule()
    {
        var actor = Start((_, _) => new() { Commands = [new DeleteObject(Child, 0, Propagation.Background, By)] });
        Wake(actor);
        _region.ExpectMsg<DeleteObject>(Patience);
        await _shard.WatchAsync(actor);
        actor.Tell(PoisonPill.Instance);
        await _shard.ExpectTerminatedAsync(actor, Patience);
        Assert.Equal("failed", Told());
    }

    [Fact]
    public async Task Stop_at_rest_says_nothing_more()
    {
        var actor = Start((_, _) => Plan.Nothing);
        Wake(actor);
        Assert.Equal("settled", Told());
        await _shard.WatchAsync(actor);
        actor.Tell(PoisonPill.Instance);
        await _shard.ExpectTerminatedAsync(actor, Patience);
        Assert.Empty(_schedule.Told);
    }

    [Fact]
    public void Refused_command_is_a_failure()
    {
        var actor = Start((_, _) => new() { Commands = [new DeleteObject(Child, 0, Propagation.Background, By)] });
        Wake(actor);
        _region.ExpectMsg<DeleteObject>(Patience);
        _region.Reply(new ObjectRejected(Child, ApiStatus.TooManyRequests("too many writes")));
        Assert.Equal("failed", Told());
    }

    [Fact]
    public async Task Command_that_is_not_answered_is_sent_again()
    {
        var actor = Start((_, view) => view.Get(Child) is null ? Plan.Nothing : new() { Commands = [new DeleteObject(Child, 0, Propagation.Background, By)] });
        await _journal.Put(Child, "1");
        Wake(actor);
        var first = _region.ExpectMsg<DeleteObject>(Patience);
        Assert.Equal(first, _region.ExpectMsg<DeleteObject>(Patience));
        _region.Reply(new ObjectRejected(Child, ApiStatus.NotFound(Child)));
        _region.ExpectMsg<DeleteObject>(Patience);
    }

    [Fact]
    public void Plan_that_never_rests_gives_up_after_a_bound()
    {
        var plans = 0;
        var actor = Start((_, _) =>
        {
            plans++;
            return new() { Commands = [new DeleteObject(Child, 0, Propagation.Background, By)] };
        });
        _region.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            sender.Tell(new ObjectRejected(((ObjectCommand)message).Key, ApiStatus.NotFound(Child)));
            return AutoPilot.KeepRunning;
        }));
        Wake(actor);
        Assert.Equal("failed", Told());
        Assert.InRange(plans, 2, 200);
    }

    [Fact]
    public async Task Next_plan_waits_until_the_feed_has_passed_what_the_commands_returned()
    {
        var plans = new ConcurrentQueue<long>();
        var actor = Start((_, view) =>
        {
            plans.Enqueue(view.Revision);
            return plans.Count == 1 ? new() { Commands = [new DeleteObject(Child, 0, Propagation.Background, By)] } : Plan.Nothing;
        });
        Wake(actor);
        _region.ExpectMsg<DeleteObject>(Patience);
        _region.Reply(new ObjectAccepted(new StoredObject(Child, JournalSystem.Json("child", ""), 2), Deleted: true));
        Assert.Single(plans);
        await _journal.Put(Child, "1");
        Assert.Equal("settled", Told());
        Assert.Equal([1, 2], plans);
    }

    private IActorRef Start(Func<StoredObject, IObjectView, Plan> plan)
    {
        var services = new ObjectServices(TestCatalogue.Default, _journal.Cache, TimeProvider.System, new NoRecorder()) { Objects = _region, Schedule = _schedule };
        return _shard.ChildActorOf(Props.Create(() => new Controller(services, new Given(plan))));
    }

    private static FieldPatch Data(string name) => new(new JsonObject { ["data"] = new JsonObject { [name] = "1" } });

    // Within a plan, which does not wait of itself.
    private void PutAtOnce(ObjectKey key, string value) => _journal.Put(key, value).GetAwaiter().GetResult();

    private static void Wake(IActorRef actor) => actor.Tell(new Reconcile(Key, 0), ActorRefs.NoSender);

    private string Told() => _schedule.Told.TryTake(out var told, Patience) ? told : throw new TimeoutException("The schedule was told nothing.");

    private sealed class Controller(ObjectServices services, IReconciler reconciler) : ReconcilingActor(ReconcilingActorTests.Key, services, reconciler);

    private sealed class Given(Func<StoredObject, IObjectView, Plan> plan) : IReconciler
    {
        public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now) => plan(self, view);
    }

    private sealed class RecordedSchedule : IReconcileSchedule
    {
        public BlockingCollection<string> Told { get; } = [];

        public void Settled(in ObjectKey key, TimeSpan? again) => Told.Add(again is { } after ? $"settled {after.TotalSeconds}" : "settled");

        public void Failed(in ObjectKey key) => Told.Add("failed");
    }

    private sealed class NoRecorder : IEventRecorder
    {
        public void Record(EventNote note) { }
    }
}
