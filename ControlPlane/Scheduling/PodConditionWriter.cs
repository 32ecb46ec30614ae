using Akka.Actor;
using Akka.Event;
using ControlPlane.Objects;

namespace ControlPlane.Scheduling;

/// <summary>
/// Tells pods that they cannot be placed. An actor of its own so that its answers and those to binds are not mixed up. Told at most once: the
/// next try tells again.
/// </summary>
internal sealed class PodConditionWriter : ReceiveActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public PodConditionWriter(IActorRef objects)
    {
        Receive<PatchObject>(patch => objects.Tell(patch, Self));
        Receive<ObjectAccepted>(_ => { });
        // Gone or replaced by another pod of its name: nobody is left to tell.
        Receive<ObjectRejected>(rejected => rejected.Status.Code is 404 or 409, _ => { });
        Receive<ObjectRejected>(rejected => _log.Warning("The condition of pod {0} was not stored: {1}", rejected.Key, rejected.Status.Message));
    }

    public static Props Props(IActorRef objects) => Akka.Actor.Props.Create(() => new PodConditionWriter(objects));

    /// <summary>The message that makes a pod say why it is not placed.</summary>
    public static PatchObject Unschedulable(PodDemand pod, string message, Requester by, DateTimeOffset now) =>
        new(pod.Key, new PodUnschedulablePatch(message, now), "status", by) { Preconditions = new(Uid: pod.Uid) };
}
