using Akka.Actor;
using Akka.Event;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Telemetry.Events;

/// <summary>
/// Takes the process's notes and writes them as Events, a bounded number at a time: when objects are slow to answer, events wait, then drop, and
/// nothing else does.
/// </summary>
public sealed class EventWriterActor : ReceiveActor, IWithTimers
{
    private const int MostPerTurn = 512;
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private readonly EventRecorder _recorder;
    private readonly IObjectView _view;
    private readonly IActorRef _objects;
    private readonly TimeProvider _time;
    private readonly EventOptions _options;
    private readonly EventLedger _ledger;
    private readonly Dictionary<ObjectKey, DateTimeOffset> _unanswered = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopping = new();
    private bool _waitsForNotes;
    private long _droppedBefore;

    public EventWriterActor(EventRecorder recorder, IObjectView view, IActorRef objects, TimeProvider time, EventOptions options)
    {
        (_recorder, _view, _objects, _time, _options, _ledger) = (recorder, view, objects, time, options, new(options));
        Receive<Arrived>(_ =>
        {
            _waitsForNotes = false;
            Advance();
        });
        Receive<More>(_ => Advance());
        Receive<ObjectResult>(result =>
        {
            if (!_unanswered.Remove(result.Key)) return;
            _ledger.Written(result.Key, (result as ObjectRejected)?.Status, _time.GetUtcNow());
            Advance();
        });
        Receive<Tick>(_ => OnTick());
        Receive<Status.Failure>(failure => _log.Debug("The wait for notes ended: {0}", failure.Cause.Message));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(EventRecorder recorder, IObjectView view, IActorRef objects, TimeProvider time, EventOptions? options = null) =>
        Akka.Actor.Props.Create(() => new EventWriterActor(recorder, view, objects, time, options ?? new()));

    /// <summary>Look for repeats that are due and answers that are not coming. Sent by a timer; a test may send it itself.</summary>
    public sealed record Tick
    {
        public static readonly Tick Instance = new();
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, TickInterval);
        Advance();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private void Advance()
    {
        var now = _time.GetUtcNow();
        var taken = 0;
        // What is due must be written before more is taken: the queue in front is the one that may drop.
        while (_ledger.Due < MostPerTurn && taken < MostPerTurn && _recorder.Notes.TryRead(out var note))
        {
            taken++;
            if (HasPlace(note)) _ledger.Add(note, now);
        }
        while (_unanswered.Count < _options.MaxInFlight && _ledger.Next(now) is { } command)
        {
            _unanswered[command.Key] = now;
            _objects.Tell(command, Self);
        }
        if (_ledger.Due >= MostPerTurn) return;
        if (taken == MostPerTurn) Self.Tell(More.Instance);
        else if (!_waitsForNotes)
        {
            _waitsForNotes = true;
            _recorder.Notes.WaitToReadAsync(_stopping.Token).AsTask().PipeTo(Self, success: _ => Arrived.Instance);
        }
    }

    // A namespace that is being emptied must not be filled with the news of it.
    private bool HasPlace(EventNote note) =>
        note.Regarding.Namespace.Length == 0 || _view.Get(new ObjectKey("", "namespaces", "", note.Regarding.Namespace)) is { Header.DeletionTimestamp: null };

    private void OnTick()
    {
        var now = _time.GetUtcNow();
        foreach (var (key, _) in _unanswered.Where(waiting => now - waiting.Value >= _options.AnswerTimeout).ToArray())
        {
            _unanswered.Remove(key);
            _ledger.Written(key, ApiStatus.Timeout("no answer"), now);
        }
        var dropped = _recorder.Dropped;
        if (dropped > _droppedBefore) _log.Warning("{0} events were dropped: the queue was full.", dropped - _droppedBefore);
        _droppedBefore = dropped;
        Advance();
    }

    private sealed record Arrived
    {
        public static readonly Arrived Instance = new();
    }

    private sealed record More
    {
        public static readonly More Instance = new();
    }
}
