using Akka.Actor;
using Akka.Event;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Telemetry.Events;

/// <summary>Deletes old Events, a few at a time. Harmless to run twice; one in a cluster is enough.</summary>
public sealed class EventExpiryActor : ReceiveActor, IWithTimers
{
    private static readonly GroupResource Events = new("", "events");
    private readonly Queue<ObjectCommand> _deletions = new();
    private readonly EventOptions _options;
    private readonly IActorRef _objects;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private int _unanswered;

    public EventExpiryActor(WatchCache cache, IActorRef objects, TimeProvider time, EventOptions options)
    {
        (_objects, _options) = (objects, options);
        Receive<Tick>(_ =>
        {
            // Answers that have not come by now are not awaited: the next plan finds what is still there.
            _unanswered = 0;
            _deletions.Clear();
            foreach (var deletion in EventExpiry.Plan(cache.List(Events), time.GetUtcNow(), options)) _deletions.Enqueue(deletion);
            Advance();
        });
        Receive<ObjectResult>(result =>
        {
            if (result is ObjectRejected { Status.Reason: not ("NotFound" or "Conflict") } refused) _log.Info("An old event was not deleted: {0}", refused.Status.Message);
            _unanswered = Math.Max(0, _unanswered - 1);
            Advance();
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(WatchCache cache, IActorRef objects, TimeProvider time, EventOptions? options = null) =>
        Akka.Actor.Props.Create(() => new EventExpiryActor(cache, objects, time, options ?? new()));

    /// <summary>Look for old Events. Sent by a timer; a test may send it itself.</summary>
    public sealed record Tick
    {
        public static readonly Tick Instance = new();
    }

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, _options.ExpiryInterval);

    private void Advance()
    {
        while (_unanswered < _options.MaxInFlight && _deletions.TryDequeue(out var deletion))
        {
            _unanswered++;
            _objects.Tell(deletion, Self);
        }
    }
}
