using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Akka.Persistence;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Entities;

/// <summary>
/// The only writer of one API object and the only place where a write of it is admitted; all there is to a kind without behaviour. Takes
/// <see cref="ObjectCommand"/>s, one after the other: computes the new object, has it admitted, persists one event per accepted write and answers once the
/// journal has confirmed it. While an admission step thinks, later commands wait in their order; everything else the actor hears goes on.
/// </summary>
public class ObjectActor : ReceivePersistentActor
{
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FeedPatience = TimeSpan.FromSeconds(2);
    private readonly Queue<(ObjectCommand Command, IActorRef Asker)> _later = new();
    private WriteAdmission? _admitting;
    private WriteAdmission? _persisting;
    private ObjectUnreadable? _unreadable;
    private ICancelable? _look;
    private bool _heard;
    private bool _leaves;

    public ObjectActor(ObjectKey key, ObjectServices services)
    {
        Key = key;
        Services = services;
        Recover<ObjectStored>(Apply);
        Recover<ObjectUnreadable>(found => _unreadable = found);
        Command<ObjectCommand>(Handle);
        Command<Resumed>(Resume);
        Command<LookWhetherIdle>(_ => LeaveIfIdle());
        Command<LeaveMemory>(_ =>
        {
            _leaves = true;
            Rest();
        });
        Command<CameTooLate>(late => late.Asker.Tell(NotDecided(ApiStatus.ServiceUnavailable($"what others have written is not known here: {late.Why}"))));
    }

    public static Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new ObjectActor(key, services));

    /// <summary>An actor without commands for this long, or up to twice as long, leaves memory; the next message brings it back.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(2);

    /// <summary>Whether this actor only writes in place of the object's own, whose member does not answer.</summary>
    protected static bool IsGuest => Context.Parent.Path.Name == GuestsActor.Name;

    /// <summary>Whether nothing is under way that a passivated actor would forget.</summary>
    protected virtual bool MayPassivate => true;

    /// <summary>Whether the feed tells of a later write of the object than this actor knows: another control plane's.</summary>
    protected bool IsBehind => Services.Cache.TryGetNewest(PersistenceId, out var newest) && newest.SequenceNr > LastSequenceNr;

    /// <inheritdoc/>
    public override string PersistenceId => Key.PersistenceId;

    protected ObjectKey Key { get; }
    protected ObjectServices Services { get; }

    /// <summary>The kind as it was when the command under way came up: a definition that is replaced counts from the next command on.</summary>
    protected KindDefinition Kind { get; private set; } = null!;

    /// <summary>The live object, or null if it does not exist or was deleted.</summary>
    protected StoredObject? State { get; private set; }

    /// <summary>Computes what a command makes of the object; kinds with commands of their own extend it. Pure but for the clock it reads.</summary>
    protected virtual ValueTask<Proposal> Propose(ObjectCommand command)
    {
        var now = Services.Time.GetUtcNow();
        if (command is not PatchObject { Version: { } version } patch) return new(ObjectDecider.Propose(Kind, State, command, now));
        return Services.Kinds.FindKind(version.Group, version.Version, version.Kind) is { } spoken
            ? ObjectDecider.Propose(Kind, State, patch, spoken, now)
            : new(ApiStatus.NoSuchPath());
    }

    /// <summary>Called after each committed write of this object.</summary>
    protected virtual void Stored() { }

    /// <summary>Asks the shard to let the actor go; what arrives meanwhile is kept for its successor.</summary>
    protected void Leave() => Context.Parent.Tell(new Passivate(LeaveMemory.Instance));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        base.PreStart();
        ScheduleLook();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _look?.Cancel();
        var interrupted = ApiStatus.ServiceUnavailable($"the actor of {Key} has stopped before the write was admitted; nothing was stored");
        if (_admitting is { } admission)
        {
            admission.Abandon(interrupted);
            _ = admission.NotStored();
            admission.Asker.Tell(NotDecided(interrupted), Self);
        }
        _admitting = null;
        foreach (var (_, asker) in _later) asker.Tell(NotDecided(interrupted), Self);
        _later.Clear();
        _persisting?.Asker.Tell(NotConfirmed(), Self);
        _persisting = null;
        base.PostStop();
    }

    // Looking now and then costs less than a timer that every command sets anew.
    private void ScheduleLook() => _look = Context.System.Scheduler.ScheduleTellOnceCancelable(IdleTime, Self, LookWhetherIdle.Instance, ActorRefs.NoSender);

    private void LeaveIfIdle()
    {
        if (!_heard && IsIdle && MayPassivate) Leave();
        _heard = false;
        ScheduleLook();
    }

    private bool IsIdle => _admitting is null && _persisting is null && _later.Count == 0;

    private void Handle(ObjectCommand command)
    {
        _heard = true;
        if (command.AtRevision > Services.Cache.Revision)
        {
            var asker = Sender;
            Services.Cache.WaitFor(command.AtRevision).WaitAsync(FeedPatience, Services.Time).PipeTo(Self, asker, () => command, late => new CameTooLate(asker, late.Message));
            return;
        }
        if (IsUnderWay(command, Sender)) return;
        if (IsIdle) Begin(command, Sender);
        else if (_later.Count < Services.Admission.MaxWaiting) _later.Enqueue((command, Sender));
        else Sender.Tell(new ObjectRejected(Key, ApiStatus.TooManyRequests($"too many writes of {Key} wait for the admission of another one")), Self);
        Rest();
    }

    // Who sends again while an admission step thinks is answered when it has thought: to ask it as often would only take longer.
    private bool IsUnderWay(ObjectCommand command, IActorRef asker) =>
        command.Id != 0 && ((_admitting is { } admission && admission.Command.Id == command.Id && admission.Asker.Equals(asker)) || _later.Any(waiting => waiting.Command.Id == command.Id && waiting.Asker.Equals(asker)));

    private void Begin(ObjectCommand command, IActorRef asker)
    {
        if (RepeatedCommand.Answer(command, Services.Cache) is { } answer)
        {
            answer.PipeTo(asker, Self, failure: late => NotDecided(ApiStatus.ServiceUnavailable($"what became of the command is not known here: {late.Message}")));
            return;
        }
        // Another control plane has written the object: whoever asks next finds an actor that knows it.
        if (IsBehind)
        {
            Leave();
            asker.Tell(NotDecided(ApiStatus.ServiceUnavailable($"{Key} was written by another control plane")), Self);
            return;
        }
        if (command is WithdrawCommand withdrawal)
        {
            Withdraw(withdrawal, asker);
            return;
        }
        var admission = new WriteAdmission(Services.Admission, command, asker, Services.Time, LastSequenceNr);
        if (_unreadable is not null) Refuse(admission, _unreadable);
        else if (Services.Kinds.FindStored(Key.GroupResource) is { } kind)
        {
            Kind = kind;
            Advance(admission, () => admission.Start(Propose(command)));
        }
        else Answer(asker, ApiStatus.NoSuchPath());
        if (State is null && command is not (CreateObject or ApplyObject)) Leave();
    }

    private void Withdraw(WithdrawCommand command, IActorRef asker)
    {
        if (_unreadable is not null)
        {
            // Nothing is carried out on it but a delete, and that can't be told twice.
            asker.Tell(new CommandWithdrawn(Key), Self);
            return;
        }
        var json = State?.ToJsonObject() ?? OnlyItsName();
        json.Metadata().Remove("resourceVersion");
        _persisting = new WriteAdmission(AdmissionChain.Empty, command, asker, Services.Time);
        var audit = new WriteAudit(command.By.User, WithdrawCommand.Verb, command.By.Manager, Services.Time.GetUtcNow()) { Command = command.Id };
        Persist(new ObjectStored(Key, ObjectJson.ToUtf8(json), deleted: State is null, audit, State?.Managed), stored =>
        {
            _persisting = null;
            Apply(stored);
            asker.Tell(new CommandWithdrawn(Key), Self);
            if (State is null) Leave();
            Rest();
        });
    }

    /// <summary>All that is known of an object that is not there.</summary>
    private JsonObject OnlyItsName() => new() { ["metadata"] = new JsonObject { ["name"] = Key.Name, ["namespace"] = Key.Namespace } };

    // What is there is not known, so it can't be changed; to delete it nothing has to be known but its name.
    private void Refuse(WriteAdmission admission, ObjectUnreadable unreadable)
    {
        if (admission.Command is not DeleteObject { DryRun: false } delete)
        {
            Answer(admission.Asker, ApiStatus.InternalError($"{Key} is stored, but can't be read ({unreadable.Why}); it can only be deleted"));
            return;
        }
        var last = OnlyItsName();
        _persisting = admission;
        Persist(new ObjectStored(Key, ObjectJson.ToUtf8(last), deleted: true, new(delete.By.User, "delete", delete.By.Manager, Services.Time.GetUtcNow())), stored =>
        {
            (_persisting, _unreadable) = (null, null);
            Apply(stored);
            admission.Asker.Tell(new ObjectAccepted(stored.ToStored(), Deleted: true), Self);
            Leave();
            Rest();
        });
    }

    private void Advance(WriteAdmission admission, Func<Task?> go)
    {
        try
        {
            if (go() is { } awaited)
            {
                _admitting = admission;
                awaited.PipeTo(Self, success: () => new Resumed(admission, null), failure: failure => new Resumed(admission, failure));
                return;
            }
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            Log.Error(bug, "{0} of {1} failed; nothing was stored", admission.Command.GetType().Name, Key);
            admission.Abandon(ApiStatus.InternalError($"{admission.Command.GetType().Name} of {Key} failed: {bug.GetType().Name}"));
        }
        End(admission);
    }

    private void Resume(Resumed resumed)
    {
        var admission = resumed.Admission;
        // One of an actor that was here before this one; its asker was answered when that ended.
        if (admission != _admitting) return;
        _admitting = null;
        if (resumed.Failure is { } failure)
        {
            var awaited = admission.WaitsFor;
            Log.Warning("The {0} failed for {1}: {2}", awaited, Key, failure.Message);
            admission.Abandon(failure is TimeoutException
                ? ApiStatus.ServiceUnavailable($"the {awaited} did not answer in time; nothing was stored")
                : ApiStatus.InternalError(failure is VersionConversionException ? failure.Message : $"the {awaited} failed: {failure.GetType().Name}"));
            End(admission);
        }
        else Advance(admission, admission.Resume);
        Rest();
    }

    /// <summary>Carries the decision about a write out.</summary>
    private void End(WriteAdmission admission)
    {
        var decision = admission.Decision;
        if (decision.Event is not { } stored || admission.Command.DryRun)
        {
            _ = admission.NotStored();
            Answer(admission.Asker, decision);
            return;
        }
        _persisting = admission;
        Persist(stored, Persisted);
    }

    private void Persisted(ObjectStored stored)
    {
        var admission = _persisting!;
        _persisting = null;
        Apply(stored);
        Reply(admission, stored);
        Stored();
        if (State is null) Leave();
        Rest();
    }

    /// <summary>Answers, after those who hold something for the write have heard of its end.</summary>
    private void Reply(WriteAdmission admission, ObjectStored stored)
    {
        var result = new ObjectAccepted(stored.ToStored(), stored.Deleted) { Notes = admission.Decision.Notes };
        var settled = admission.Stored(result.Object, result.Deleted);
        if (settled.IsCompletedSuccessfully)
        {
            admission.Asker.Tell(result, Self);
            return;
        }
        var (log, key) = (Log, Key);
        settled.AsTask().WaitAsync(SettleTime, Services.Time).PipeTo(admission.Asker, Self, success: () => result, failure: failure =>
        {
            log.Warning("What was reserved for a write of {0} was not settled: {1}", key, failure.Message);
            return result;
        });
    }

    private void Answer(IActorRef asker, Decision decision) => asker.Tell(
        decision.Rejection is { } rejection ? new ObjectRejected(Key, rejection) { Notes = decision.Notes }
        : decision.Unchanged is { } unchanged ? new ObjectAccepted(unchanged, Deleted: false) { Notes = decision.Notes, Unchanged = true }
        : new ObjectAccepted(decision.Event!.ToStored(), decision.Event.Deleted) { Notes = decision.Notes }, Self);

    /// <summary>Takes up what waits, as far as nothing is under way; with nothing left, an actor that was asked to leave does.</summary>
    private void Rest()
    {
        while (_admitting is null && _persisting is null && _later.TryDequeue(out var next)) Begin(next.Command, next.Asker);
        if (_leaves && IsIdle) Context.Stop(Self);
    }

    private void Apply(ObjectStored stored) => State = stored.Deleted ? null : stored.ToStored();

    /// <summary>
    /// The write was not confirmed: another writer owns the object now, or the database did not answer. This actor stops, the next command
    /// finds one that has recovered what is stored.
    /// </summary>
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        var (persisting, busy, stale) = (_persisting!, cause is JournalBusyException, cause is StaleWriteException);
        _persisting = null;

        // Before anybody is answered: a repeat is then kept for the successor.
        Leave();

        // Unless it was surely not stored, nobody knows: what is reserved has to sort itself out.
        if (busy || stale) _ = persisting.NotStored();
        persisting.Asker.Tell(
            busy ? new ObjectRejected(Key, ApiStatus.TooManyRequests("too many writes are waiting for the journal"))
            : stale ? NotDecided(ApiStatus.ServiceUnavailable($"{Key} was written by another control plane at the same time"))
            : NotConfirmed(), Self);
        Log.Warning("A write of {0} was not confirmed: {1}", Key, cause.Message);
    }

    private ObjectRejected NotDecided(ApiStatus why) => new(Key, why) { Fate = WriteFate.NotStored };

    private ObjectRejected NotConfirmed() => new(Key, ApiStatus.ServiceUnavailable($"the write of {Key} was not confirmed by the journal")) { Fate = WriteFate.Unknown };

    /// <inheritdoc/>
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        var admission = _persisting!;
        _persisting = null;
        _ = admission.NotStored();
        admission.Asker.Tell(new ObjectRejected(Key, ApiStatus.InternalError($"{Key} cannot be stored: {cause.Message}")), Self);
        Rest();
    }

    /// <summary>What a write had to wait for has come, or failed.</summary>
    private sealed record Resumed(WriteAdmission Admission, Exception? Failure);

    /// <summary>The revision a command asks for has not come here in time.</summary>
    private sealed record CameTooLate(IActorRef Asker, string Why);

    /// <summary>Time to see whether anybody has asked for the object of late. Internal, so that a test can send it.</summary>
    internal sealed class LookWhetherIdle
    {
        public static readonly LookWhetherIdle Instance = new();
    }

}
