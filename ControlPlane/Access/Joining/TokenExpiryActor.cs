using Akka.Actor;
using Akka.Event;
using ControlPlane.Journal;
using ControlPlane.Objects;

namespace ControlPlane.Access.Joining;

/// <summary>Deletes bootstrap tokens whose time is over, as Kubernetes' token cleaner does. Harmless to run twice; one in a cluster is enough.</summary>
public sealed class TokenExpiryActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly Requester By = Requester.Controller("token-cleaner");
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public TokenExpiryActor(WatchCache cache, IActorRef objects, TimeProvider time)
    {
        Receive<Tick>(_ =>
        {
            foreach (var deletion in Plan(cache.List(BootstrapTokenSecret.Key("").GroupResource, BootstrapTokenSecret.Namespace), time.GetUtcNow())) objects.Tell(deletion, Self);
        });
        Receive<ObjectAccepted>(gone => _log.Info("{0} has expired and is deleted.", gone.Key));
        Receive<ObjectResult>(result =>
        {
            if (result is ObjectRejected { Status.Reason: not ("NotFound" or "Conflict") } refused) _log.Info("An expired token was not deleted: {0}", refused.Status.Message);
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(WatchCache cache, IActorRef objects, TimeProvider time) => Akka.Actor.Props.Create(() => new TokenExpiryActor(cache, objects, time));

    /// <summary>Look for tokens that have expired. Sent by a timer; a test may send it itself.</summary>
    public sealed record Tick
    {
        public static readonly Tick Instance = new();
    }

    /// <summary>What has to go. One that was changed meanwhile stays.</summary>
    internal static IEnumerable<ObjectCommand> Plan(IEnumerable<StoredObject> secrets, DateTimeOffset now) => secrets
        .Where(secret => BootstrapTokenSecret.IsExpired(secret, now))
        .Select(secret => new DeleteObject(secret.Key, null, Propagation.Background, By) { Preconditions = new(secret.Uid, secret.Revision) });

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, Interval);
}
