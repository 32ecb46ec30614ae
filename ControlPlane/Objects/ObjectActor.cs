using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Akka.Persistence;
using ControlPlane.Journal;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>
/// The only writer of one API object, and all there is to a kind without behaviour. Takes <see cref="ObjectCommand"/>s, decides, persists one
/// event per accepted write and answers once the journal has confirmed it.
/// </summary>
public class ObjectActor : ReceivePersistentActor
{
    private IActorRef _asker = ActorRefs.Nobody;

    public ObjectActor(ObjectKey key, ObjectServices services)
    {
        Key = key;
        Services = services;
        Recover<ObjectStored>(Apply);
        Command<ObjectCommand>(Handle);
        Command<ReceiveTimeout>(_ =>
        {
            if (MayPassivate) Leave();
        });
        Command<LeaveMemory>(_ => Context.Stop(Self));
        SetReceiveTimeout(IdleTime);
    }

    public static Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new ObjectActor(key, services));

    /// <summary>An actor without messages for this long leaves memory; the next message brings it back.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(2);

    /// <summary>Whether nothing is under way that a passivated actor would forget.</summary>
    protected virtual bool MayPassivate => true;

    /// <inheritdoc/>
    public override string PersistenceId => Key.PersistenceId;

    protected ObjectKey Key { get; }
    protected ObjectServices Services { get; }

    /// <summary>The kind as it was when the command under way came in: a definition that is replaced counts from the next command on.</summary>
    protected KindDefinition Kind { get; private set; } = null!;

    /// <summary>The live object, or null if it does not exist or was deleted.</summary>
    protected StoredObject? State { get; private set; }

    /// <summary>Decides about a command; kinds with commands of their own extend it. Pure but for the clock it reads.</summary>
    protected virtual Decision Decide(ObjectCommand command) =>
        ObjectDecider.Decide(Kind, State, command, Services.Time.GetUtcNow());

    /// <summary>Called after each committed write of this object.</summary>
    protected virtual void Stored() { }

    /// <summary>Asks the shard to let the actor go; what arrives meanwhile is kept for its successor.</summary>
    protected void Leave() => Context.Parent.Tell(new Passivate(LeaveMemory.Instance));

    private void Handle(ObjectCommand command)
    {
        if (Services.Kinds.FindStored(Key.GroupResource) is not { } kind)
        {
            Sender.Tell(new ObjectRejected(Key, ApiStatus.NoSuchPath()), Self);
            Leave();
            return;
        }
        Kind = kind;
        Decision decision;
        try
        {
            decision = Decide(command);
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            Log.Error(bug, "{0} of {1} failed; nothing was stored", command.GetType().Name, Key);
            decision = ApiStatus.InternalError($"{command.GetType().Name} of {Key} failed: {bug.GetType().Name}");
        }
        if (decision.Rejection is { } rejection) Sender.Tell(new ObjectRejected(Key, rejection), Self);
        else if (decision.Unchanged is { } unchanged) Sender.Tell(new ObjectAccepted(unchanged, Deleted: false), Self);
        else if (command.DryRun) Sender.Tell(new ObjectAccepted(decision.Event!.ToStored(), decision.Event.Deleted), Self);
        else
        {
            _asker = Sender;
            Persist(decision.Event!, stored =>
            {
                Apply(stored);
                Sender.Tell(new ObjectAccepted(stored.ToStored(), stored.Deleted), Self);
                Stored();
                if (State is null) Leave();
            });
        }
        if (State is null && command is not CreateObject) Leave();
    }

    private void Apply(ObjectStored stored) => State = stored.Deleted ? null : stored.ToStored();

    /// <summary>
    /// The write was not confirmed: another writer owns the object now, or the database did not answer. This actor stops, the next command
    /// finds one that has recovered what is stored.
    /// </summary>
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        var status = cause is JournalBusyException
            ? ApiStatus.TooManyRequests("too many writes are waiting for the journal")
            : ApiStatus.ServiceUnavailable($"the write of {Key} was not confirmed by the journal");
        _asker.Tell(new ObjectRejected(Key, status), Self);
        Log.Warning("A write of {0} was not confirmed: {1}", Key, cause.Message);
    }

    /// <inheritdoc/>
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        _asker.Tell(new ObjectRejected(Key, ApiStatus.InternalError($"{Key} cannot be stored: {cause.Message}")), Self);

    /// <summary>Ends the actor in its turn, after the write under way: a PoisonPill would overtake that, and its asker would get no answer.</summary>
    private sealed class LeaveMemory
    {
        public static readonly LeaveMemory Instance = new();
    }
}
