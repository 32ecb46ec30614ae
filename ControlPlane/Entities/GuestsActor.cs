using Akka.Actor;
using Akka.Cluster.Sharding;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>
/// Hosts writers of objects whose own member does not answer. A guest is the object's actor in another place: it recovers what is stored as any other does, and the
/// journal lets one of two writers through. It hears commands and nothing else: reconciling is for the shard's host.
/// </summary>
public sealed class GuestsActor : ReceiveActor
{
    /// <summary>The actor's name under <c>/user</c>.</summary>
    public const string Name = "guests";

    /// <summary>Guests at once; beyond it commands are refused until some have left.</summary>
    public const int Most = 20_000;

    /// <summary>Commands that wait for one guest to leave and the next to come.</summary>
    public const int MostWaiting = 64;

    private readonly Dictionary<ObjectKey, IActorRef> _guests = [];
    private readonly Dictionary<IActorRef, ObjectKey> _keys = [];
    private readonly Dictionary<ObjectKey, List<(ObjectCommand Command, IActorRef Asker)>> _leaving = [];
    private readonly Func<ObjectKey, Props> _props;

    public GuestsActor(Func<ObjectKey, Props> props)
    {
        _props = props;
        Receive<ObjectCommand>(command => Deliver(command, Sender));
        Receive<Passivate>(passivate =>
        {
            if (!_keys.TryGetValue(Sender, out var key)) return;
            _leaving.TryAdd(key, []);
            Sender.Tell(passivate.StopMessage);
        });
        Receive<Terminated>(terminated => Left(terminated.ActorRef));
    }

    /// <param name="props">The props of an object's actor.</param>
    public static Props Props(Func<ObjectKey, Props> props) => Akka.Actor.Props.Create(() => new GuestsActor(props));

    private void Deliver(ObjectCommand command, IActorRef asker)
    {
        if (_leaving.TryGetValue(command.Key, out var waiting))
        {
            if (waiting.Count < MostWaiting) waiting.Add((command, asker));
            else Refuse(command, asker);
            return;
        }
        if (!_guests.TryGetValue(command.Key, out var guest))
        {
            if (_guests.Count >= Most)
            {
                Refuse(command, asker);
                return;
            }
            guest = Context.Watch(Context.ActorOf(_props(command.Key)));
            (_guests[command.Key], _keys[guest]) = (guest, command.Key);
        }
        guest.Tell(command, asker);
    }

    private void Left(IActorRef guest)
    {
        if (!_keys.Remove(guest, out var key)) return;
        _guests.Remove(key);
        if (!_leaving.Remove(key, out var waiting)) return;
        foreach (var (command, asker) in waiting) Deliver(command, asker);
    }

    private void Refuse(ObjectCommand command, IActorRef asker) =>
        asker.Tell(new ObjectRejected(command.Key, ApiStatus.TooManyRequests("too many objects are written in place of a member that does not answer")), Self);
}
