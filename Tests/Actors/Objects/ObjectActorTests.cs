using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Actors.Objects;

/// <summary>An object's actor over a real journal: what it stores, what it answers and when, and how it has writes admitted.</summary>
public sealed class ObjectActorTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = JournalSystem.Patience;
    private static readonly Requester By = new("alice", "kubectl", []);
    private static readonly ObjectKey Key = new("", "configmaps", "default", "settings");
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("actors-test-");
    private readonly RecordingStep _step = new();
    private JournalSystem _journal = null!;
    private Akka.TestKit.Xunit2.TestKit _kit = null!;
    private TestProbe _shard = null!;

    public async Task InitializeAsync()
    {
        _journal = await JournalSystem.Start(new(_directory.FullName));
        _kit = new(_journal.System);
        _shard = _kit.CreateTestProbe();
    }

    public async Task DisposeAsync()
    {
        await _journal.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private IActorRef Start(AdmissionChain? steps = null)
    {
        var services = new ObjectServices(TestCatalogue.Default, _journal.Cache, TimeProvider.System, new NoEvents()) { Admission = steps ?? new(_step) };
        return _shard.ChildActorOf(ObjectActor.Props(Key, services));
    }

    private static CreateObject Create(string value = "0") => new(Key, Tree(value), By);

    private static JsonObject Tree(string value) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = Key.Name },
        ["data"] = new JsonObject { ["value"] = value },
    };

    private static PatchObject Set(string member, string value) =>
        new(Key, new FieldPatch(new JsonObject { ["data"] = new JsonObject { [member] = value } }), "", By);

    [Fact]
    public async Task Repeat_of_a_command_is_answered_with_what_the_first_did_whatever_came_between()
    {
        var actor = Start();
        await actor.Ask<ObjectAccepted>(Create(), Patience);
        var first = Set("a", "1") with { Id = 11 };
        var done = await actor.Ask<ObjectAccepted>(first, Patience);
        var after = await actor.Ask<ObjectAccepted>(Set("a", "2") with { Id = 12 }, Patience);
        var again = await actor.Ask<ObjectAccepted>(first, Patience);
        Assert.Equal((done.Object.Revision, Data(done)), (again.Object.Revision, Data(again)));
        Assert.Equal(after.Object.Revision, _journal.Cache.Revision);

        // Another actor of the object knows it too: it is in the journal and not in an actor's memory.
        _kit.Watch(actor);
        actor.Tell(LeaveMemory.Instance);
        _kit.ExpectTerminated(actor, Patience);
        Assert.Equal(done.Object.Revision, (await Start().Ask<ObjectAccepted>(first, Patience)).Object.Revision);
        Assert.Equal(after.Object.Revision, _journal.Cache.Revision);
    }

    [Fact]
    public async Task Repeated_delete_is_answered_with_the_object_it_deleted()
    {
        var (first, second) = (Start(), Start());
        await first.Ask<ObjectAccepted>(Create(), Patience);
        var delete = new DeleteObject(Key, null, Propagation.Background, By) { Id = 21 };
        var deleted = await first.Ask<ObjectAccepted>(delete, Patience);
        var again = await second.Ask<ObjectAccepted>(delete, Patience);
        Assert.Equal((true, deleted.Object.Revision), (again.Deleted, again.Object.Revision));
    }

    [Fact]
    public async Task Command_from_before_all_that_is_remembered_is_not_carried_out()
    {
        var actor = Start();
        var created = await actor.Ask<ObjectAccepted>(Create(), Patience);
        _journal.Cache.Commands.Missed(created.Object.Revision + 100);
        var late = await actor.Ask<ObjectRejected>(Set("a", "1") with { Id = 31, Since = created.Object.Revision }, Patience);
        Assert.Equal((504, WriteFate.Unknown), (late.Status.Code, late.Fate));
        Assert.Equal(created.Object.Revision, _journal.Cache.Revision);
    }

    [Fact]
    public async Task Withdrawn_command_is_never_carried_out_whether_the_object_is_there_or_not()
    {
        var (first, second, third) = (Start(), Start(), Start());
        var early = Set("a", "1") with { Id = 41 };
        Assert.Equal("NotFound", (await first.Ask<ObjectRejected>(early, Patience)).Status.Reason);
        await first.Ask<CommandWithdrawn>(new WithdrawCommand(Key, By) { Id = 41 }, Patience);
        await first.Ask<ObjectAccepted>(Create(), Patience);
        await first.Ask<CommandWithdrawn>(early, Patience);

        await first.Ask<CommandWithdrawn>(new WithdrawCommand(Key, By) { Id = 42 }, Patience);
        Assert.Equal(WriteFate.NotStored, (await second.Ask<ObjectRejected>(Set("b", "2") with { Id = 43 }, Patience)).Fate);
        await third.Ask<CommandWithdrawn>(Set("b", "2") with { Id = 42 }, Patience);
        Assert.Equal("""{"value":"0"}""", _journal.Cache.Get(Key)!.ToJsonObject()["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Withdrawal_of_what_was_carried_out_tells_what_was_done()
    {
        var actor = Start();
        var created = await actor.Ask<ObjectAccepted>(Create() with { Id = 51 }, Patience);
        Assert.Equal(created.Object.Revision, (await actor.Ask<ObjectAccepted>(new WithdrawCommand(Key, By) { Id = 51 }, Patience)).Object.Revision);
        Assert.Equal(created.Object.Revision, _journal.Cache.Revision);
    }

    [Fact]
    public async Task Actor_steps_aside_for_what_another_wrote_and_its_successor_decides()
    {
        var first = Start();
        await first.Ask<ObjectAccepted>(Create(), Patience);
        Assert.Equal("""{"value":"0","a":"1"}""", Data(await Start().Ask<ObjectAccepted>(Set("a", "1"), Patience)));
        var behind = await first.Ask<ObjectRejected>(Set("b", "2"), Patience);
        Assert.Equal(WriteFate.NotStored, behind.Fate);
        Assert.IsType<Passivate>(_shard.ExpectMsg<Passivate>(Patience));
        Assert.Equal("""{"value":"0","a":"1","b":"2"}""", Data(await Start().Ask<ObjectAccepted>(Set("b", "2"), Patience)));
    }

    [Fact]
    public async Task Command_waits_for_the_revision_it_names()
    {
        var actor = Start();
        var created = await actor.Ask<ObjectAccepted>(Create(), Patience);
        var waiting = actor.Ask<ObjectAccepted>(Set("a", "1") with { AtRevision = created.Object.Revision + 1 }, Patience);
        await actor.Ask<ObjectAccepted>(Set("b", "2"), Patience);
        Assert.Equal("""{"value":"0","b":"2","a":"1"}""", Data(await waiting));
    }

    private static string Data(ObjectResult result) => Assert.IsType<ObjectAccepted>(result).Object.ToJsonObject()["data"]!.ToJsonString();

    private static async Task<ApiStatus> Refusal(Task<ObjectResult> answer) => Assert.IsType<ObjectRejected>(await answer).Status;

    private static Task<ObjectResult> Send(IActorRef actor, ObjectCommand command) => actor.Ask<ObjectResult>(command, Patience);

    /// <summary>Lets the step think about this kind of write until the source is completed.</summary>
    private TaskCompletionSource<AdmissionOutcome> Think(Func<PendingWrite, bool> about)
    {
        var thought = new TaskCompletionSource<AdmissionOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        _step.Answer = (write, _) => about(write) ? new(thought.Task) : default;
        return thought;
    }

    private Task Asked(int times) => _kit.AwaitConditionAsync(() => Task.FromResult(_step.Visits.Count >= times), Patience);

    [Fact]
    public async Task Write_is_answered_with_what_the_journal_holds()
    {
        var actor = Start(AdmissionChain.Empty);
        var created = Assert.IsType<ObjectAccepted>(await Send(actor, Create())).Object;
        Assert.Equal(created.Json.ToArray(), _journal.Cache.Get(Key)!.Json.ToArray());
        Assert.Equal("""{"value":"0","a":"1"}""", Data(await Send(actor, Set("a", "1"))));
        Assert.Equal("Conflict", (await Refusal(Send(actor, new DeleteObject(Key, 0, Propagation.Background, By) { Preconditions = new("other") }))).Reason);
        Assert.True(Assert.IsType<ObjectAccepted>(await Send(actor, new DeleteObject(Key, 0, Propagation.Background, By))).Deleted);
        Assert.Null(_journal.Cache.Get(Key));
        Assert.Equal("NotFound", (await Refusal(Send(actor, Set("a", "2")))).Reason);
    }

    [Fact]
    public async Task Step_sees_every_verb_and_subresource()
    {
        var actor = Start();
        await Send(actor, Create());
        await Send(actor, new UpdateObject(Key, Tree("1"), "", By));
        await Send(actor, Set("a", "1"));
        await Send(actor, new UpdateObject(Key, Tree("2"), "status", By));
        await Send(actor, new DeleteObject(Key, null, Propagation.Background, By) { Subresource = "eviction", DryRun = true });
        await Send(actor, new DeleteObject(Key, null, Propagation.Background, By));
        Assert.Equal(
            [
                (WriteOperation.Create, ""), (WriteOperation.Update, ""), (WriteOperation.Update, ""), (WriteOperation.Update, "status"),
                (WriteOperation.Create, "eviction"), (WriteOperation.Delete, ""),
            ],
            _step.Visits.Select(visit => (visit.Operation, visit.Subresource)));
        Assert.All(_step.Visits, visit => Assert.Equal("alice", visit.User));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mutating_step_changes_what_is_stored(bool later)
    {
        _step.Answer = async (write, _) =>
        {
            if (later) await Task.Yield();
            write.Object.Metadata()["labels"] = new JsonObject { ["seen"] = "yes" };
            return AdmissionOutcome.Changed with { Notes = WriteNotes.Warning("labelled") };
        };
        var accepted = Assert.IsType<ObjectAccepted>(await Send(Start(), Create()));
        Assert.Equal("yes", accepted.Object.Header.Labels["seen"]);
        Assert.Equal("labelled", Assert.Single(accepted.Notes!.Warnings));
        Assert.Equal("yes", _journal.Cache.Get(Key)!.Header.Labels["seen"]);
    }

    [Fact]
    public async Task Validation_stands_between_mutating_and_validating_steps()
    {
        var late = new RecordingStep { Phase = AdmissionPhase.Validating };
        _step.Answer = (write, _) =>
        {
            write.Object.Metadata()["labels"] = new JsonObject { ["no label"] = "" };
            return new(AdmissionOutcome.Changed);
        };
        Assert.Equal("Invalid", (await Refusal(Send(Start(new(late, _step)), Create()))).Reason);
        Assert.Single(_step.Visits);
        Assert.Empty(late.Visits);
        Assert.Null(_journal.Cache.Get(Key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refusal_of_a_step_is_the_answer_and_nothing_is_stored(bool later)
    {
        _step.Answer = async (_, _) =>
        {
            if (later) await Task.Yield();
            return ApiStatus.Forbidden("not today");
        };
        Assert.Equal("not today", (await Refusal(Send(Start(), Create()))).Message);
        Assert.Null(_journal.Cache.Get(Key));
    }

    [Fact]
    public async Task Later_commands_wait_for_the_one_that_is_being_admitted_and_keep_their_order()
    {
        var actor = Start();
        await Send(actor, Create());
        var thought = Think(write => write.Command is PatchObject { Patch: FieldPatch patch } && patch.Fields.ToString().Contains("first", StringComparison.Ordinal));
        var asker = _kit.CreateTestProbe();
        foreach (var value in (string[])["first", "second", "third"]) actor.Tell(Set(value, value), asker);
        await Asked(2);
        thought.SetResult(default);
        Assert.Equal("""{"value":"0","first":"first"}""", Data(await asker.ExpectMsgAsync<ObjectResult>(Patience)));
        Assert.Equal("""{"value":"0","first":"first","second":"second"}""", Data(await asker.ExpectMsgAsync<ObjectResult>(Patience)));
        Assert.Equal("""{"value":"0","first":"first","second":"second","third":"third"}""", Data(await asker.ExpectMsgAsync<ObjectResult>(Patience)));
        Assert.Equal(4, _step.Visits.Count);
    }

    [Fact]
    public async Task Too_many_commands_behind_one_are_refused_at_once()
    {
        var actor = Start(new(_step) { MaxWaiting = 2 });
        await Send(actor, Create());
        var thought = Think(_ => true);
        var first = Send(actor, Set("a", "1"));
        await Asked(2);
        var waiting = new[] { Send(actor, Set("b", "1")), Send(actor, Set("c", "1")) };
        Assert.Equal((429, "TooManyRequests"), await Refusal(Send(actor, Set("d", "1"))) is var refusal ? (refusal.Code, refusal.Reason) : default);
        thought.SetResult(default);
        Data(await first);
        foreach (var answer in waiting) Data(await answer);
    }

    [Fact]
    public async Task Step_that_never_answers_ends_in_a_refusal_and_the_next_command_goes_on()
    {
        var actor = Start(new(_step) { Patience = TimeSpan.FromMilliseconds(50) });
        await Send(actor, Create());
        var thought = Think(write => write.Object["data"]!["a"] is not null);
        var refused = Send(actor, Set("a", "1"));
        var next = Send(actor, Set("b", "1"));
        var refusal = await Refusal(refused);
        Assert.Equal((503, "ServiceUnavailable"), (refusal.Code, refusal.Reason));
        Assert.Contains(nameof(RecordingStep), refusal.Message, StringComparison.Ordinal);
        Assert.Equal("""{"value":"0","b":"1"}""", Data(await next));
        var late = new RecordingStep.Reservation();
        thought.SetResult(new AdmissionOutcome { Reservation = late });
        Assert.Equal("refused", await late.End.WaitAsync(Patience));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Step_that_throws_refuses_the_write_and_only_that(bool later)
    {
        var actor = Start();
        _step.Answer = later
            ? async (_, _) =>
            {
                await Task.Yield();
                throw new InvalidOperationException("broken");
            }
            : (_, _) => throw new InvalidOperationException("broken");
        Assert.Equal(500, (await Refusal(Send(actor, Create()))).Code);
        _step.Answer = (_, _) => default;
        Data(await Send(actor, Create()));
    }

    [Fact]
    public async Task Command_that_is_sent_again_while_a_step_thinks_is_admitted_and_answered_once()
    {
        var thought = new TaskCompletionSource<AdmissionOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _step.Answer = (_, _) =>
        {
            asked.TrySetResult();
            return new(thought.Task);
        };
        var (actor, asker, other) = (Start(), _kit.CreateTestProbe(), _kit.CreateTestProbe());
        for (var i = 0; i < 3; i++) actor.Tell(Create() with { Id = 7 }, asker);
        for (var i = 0; i < 2; i++) actor.Tell(Set("a", "1") with { Id = 8 }, other);
        await asked.Task.WaitAsync(Patience);
        thought.SetResult(ApiStatus.Forbidden("not today"));
        Assert.Equal("not today", (await asker.ExpectMsgAsync<ObjectRejected>(Patience)).Status.Message);
        Assert.Equal("NotFound", (await other.ExpectMsgAsync<ObjectRejected>(Patience)).Status.Reason);
        _step.Answer = (_, _) => default;

        // What is answered next is what was asked next: nobody was answered twice.
        foreach (var probe in new[] { asker, other })
        {
            actor.Tell(new CreateObject(Key, Tree("0"), By) { Uid = "u", DryRun = true }, probe);
            await probe.ExpectMsgAsync<ObjectAccepted>(Patience);
        }
        Assert.Equal(3, _step.Visits.Count);
    }

    [Fact]
    public async Task Actor_that_ends_while_a_step_thinks_answers_each_asker_once()
    {
        var actor = Start();
        await Send(actor, Create());
        var thought = Think(_ => true);
        var asker = _kit.CreateTestProbe();
        actor.Tell(Set("a", "1"), asker);
        await Asked(2);
        actor.Tell(Set("b", "1"), asker);
        actor.Tell(new Identify(1), asker);
        await asker.ExpectMsgAsync<ActorIdentity>(Patience);
        await _kit.WatchAsync(actor);
        actor.Tell(PoisonPill.Instance);
        await _kit.ExpectTerminatedAsync(actor, Patience);
        for (var i = 0; i < 2; i++) Assert.Equal(503, (await asker.ExpectMsgAsync<ObjectRejected>(Patience)).Status.Code);
        var held = new RecordingStep.Reservation();
        thought.SetResult(new AdmissionOutcome { Reservation = held });
        Assert.Equal("refused", await held.End.WaitAsync(Patience));
        _step.Answer = (_, _) => default;
        Assert.Equal("""{"value":"0","c":"1"}""", Data(await Send(Start(), Set("c", "1"))));
        await asker.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task Actor_that_is_asked_to_leave_does_so_after_the_write_under_way()
    {
        var actor = Start();
        var thought = Think(_ => true);
        // Nothing is there: the actor asks to leave, and then hears of a create.
        Assert.Equal("NotFound", (await Refusal(Send(actor, Set("a", "1")))).Reason);
        var leave = await _shard.ExpectMsgAsync<Passivate>(Patience);
        var created = Send(actor, Create());
        await Asked(1);
        await _kit.WatchAsync(actor);
        actor.Tell(leave.StopMessage);
        thought.SetResult(default);
        Data(await created);
        await _kit.ExpectTerminatedAsync(actor, Patience);
    }

    [Fact]
    public async Task Actor_that_nobody_asks_for_leaves_and_one_that_waits_for_a_step_stays()
    {
        var actor = Start();
        await Send(actor, Create());
        var thought = Think(_ => true);
        var patched = Send(actor, Set("a", "1"));
        await Asked(2);
        for (var look = 0; look < 3; look++) actor.Tell(ObjectActor.LookWhetherIdle.Instance);
        actor.Tell(new Identify(1), _kit.TestActor);
        await _kit.ExpectMsgAsync<ActorIdentity>(Patience);
        await _shard.ExpectNoMsgAsync(TimeSpan.Zero);
        thought.SetResult(default);
        Data(await patched);
        for (var look = 0; look < 2; look++) actor.Tell(ObjectActor.LookWhetherIdle.Instance);
        Assert.IsType<Passivate>(await _shard.ExpectMsgAsync<Passivate>(Patience));
    }

    [Fact]
    public async Task Reservation_is_told_how_its_write_ended()
    {
        var actor = Start();
        Assert.Equal("stored", await Ends(Create()));
        Assert.Equal("refused", await Ends(Set("a", "1") with { DryRun = true }));
        Assert.Equal("refused", await Ends(Set("value", "0")));
        Assert.Equal("refused", await Ends(new PatchObject(Key, new FieldPatch(new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["no label"] = "" } } }), "", By)));
        Assert.Equal("deleted", await Ends(new DeleteObject(Key, null, Propagation.Background, By)));

        async Task<string> Ends(ObjectCommand command)
        {
            var held = new RecordingStep.Reservation();
            _step.Answer = (_, _) => new(new AdmissionOutcome { Reservation = held });
            await Send(actor, command);
            var end = await held.End.WaitAsync(Patience);
            Assert.Equal(1, held.Told);
            return end;
        }
    }

    [Fact]
    public async Task Write_of_an_actor_that_lost_its_object_is_refused_and_its_reservation_left_to_itself()
    {
        var held = new RecordingStep.Reservation();
        _step.Answer = (_, _) => new(new AdmissionOutcome { Reservation = held });
        var (former, present) = (Start(), Start(AdmissionChain.Empty));
        Assert.Equal("NotFound", (await Refusal(Send(former, Set("a", "1")))).Reason);
        Data(await Send(present, Create()));
        Assert.Equal(503, (await Refusal(Send(former, Create()))).Code);
        Assert.Equal(0, held.Told);
    }

    [Fact]
    public async Task Answer_waits_for_what_the_reservation_has_to_do()
    {
        var released = new TaskCompletionSource();
        _step.Answer = (_, _) => new(new AdmissionOutcome { Reservation = new Slow(released.Task) });
        var asker = _kit.CreateTestProbe();
        var actor = Start();
        actor.Tell(Create(), asker);
        await _kit.AwaitConditionAsync(() => Task.FromResult(_journal.Cache.Get(Key) is not null), Patience);
        // The object goes on meanwhile.
        _step.Answer = (_, _) => default;
        Data(await Send(actor, Set("a", "1")));
        released.SetResult();
        Assert.Equal("""{"value":"0"}""", Data(await asker.ExpectMsgAsync<ObjectResult>(Patience)));
    }

    private sealed class Slow(Task until) : IReservation
    {
        public ValueTask Stored(StoredObject stored, bool deleted) => new(until);

        public ValueTask Refused() => default;
    }

    private sealed class NoEvents : IEventRecorder
    {
        public void Record(EventNote note) { }
    }
}
