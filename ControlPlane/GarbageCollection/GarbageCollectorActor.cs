using Akka.Actor;
using Akka.Event;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.GarbageCollection;

/// <summary>
/// Follows the feed, asks the <see cref="OwnerCollector"/> about what changed, and sends its commands, a bounded number at a time. Harmless to
/// run twice; one in a cluster is enough.
/// </summary>
public sealed class GarbageCollectorActor : ReceiveActor, IWithTimers
{
    private readonly OwnerCollector _collector;
    private readonly WatchCache _cache;
    private readonly IActorRef _objects;
    private readonly TimeProvider _time;
    private readonly GarbageCollectorOptions _options;
    private readonly ExaminationQueue _queue;
    private readonly Queue<ObjectCommand> _commands = new();
    private readonly Dictionary<ObjectKey, long> _unanswered = [];

    /// <summary>What the feed showed anew before the answer to a command came.</summary>
    private readonly HashSet<ObjectKey> _again = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IActorRef _self;
    private ChangeFollower? _follower;

    public GarbageCollectorActor(OwnerCollector collector, WatchCache cache, IActorRef objects, TimeProvider time, GarbageCollectorOptions options)
    {
        (_collector, _cache, _objects, _time, _options, _queue, _self) = (collector, cache, objects, time, options, new(options.QueueCapacity), Self);
        Receive<Work>(_ => Advance());
        Receive<ObjectResult>(Answered);
        Receive<Retry>(retry =>
        {
            _queue.Add([retry.Key]);
            Advance();
        });
        Receive<Sweep>(_ =>
        {
            SweepAll();
            Advance();
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(OwnerCollector collector, WatchCache cache, IActorRef objects, TimeProvider time, GarbageCollectorOptions? options = null) =>
        Akka.Actor.Props.Create(() => new GarbageCollectorActor(collector, cache, objects, time, options ?? new()));

    /// <summary>Look through every object. Sent by a timer; a test may send it itself.</summary>
    public sealed record Sweep
    {
        public static readonly Sweep Instance = new();
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        var (self, log) = (_self, _log);
        _follower = new(_cache, Follow, () => self.Tell(Sweep.Instance), fault => log.Error(fault, "A change could not be examined; the next sweep does it."));
        _self.Tell(Sweep.Instance);
        Timers.StartPeriodicTimer(Sweep.Instance, Sweep.Instance, _options.SweepInterval);
    }

    /// <inheritdoc/>
    protected override void PostStop() => _ = _follower?.DisposeAsync();

    // Runs on the follower's thread: commits do not wait for it.
    private void Follow(CommittedBatch batch, IReadOnlyList<ObjectChange> changes)
    {
        List<ObjectKey>? keys = null;
        foreach (var change in changes) _collector.Concerned(change, _cache, keys ??= []);
        if (keys is { Count: > 0 } && _queue.Add(keys)) _self.Tell(Work.Instance);
    }

    private void Advance()
    {
        while (_unanswered.Count < _options.MaxInFlight && Next() is { } command)
        {
            if (_unanswered.TryAdd(command.Key, _time.GetTimestamp())) _objects.Tell(command, _self);
            else _again.Add(command.Key);
        }
        if (_queue.TakeOverflowed()) _log.Warning("More than {0} objects waited to be examined; the next sweep finds the rest.", _options.QueueCapacity);
    }

    private ObjectCommand? Next()
    {
        while (true)
        {
            if (_commands.TryDequeue(out var command)) return command;
            if (!_queue.TryTake(out var key)) return null;
            if (_cache.Get(key) is not { } item) continue;
            foreach (var planned in _collector.Examine(item, _cache)) _commands.Enqueue(planned);
        }
    }

    private void Answered(ObjectResult result)
    {
        if (!_unanswered.Remove(result.Key)) return;
        if (_again.Remove(result.Key)) _queue.Add([result.Key]);
        // Gone: what happened is in the feed, and was or will be examined. Changed: the feed shows it in a moment.
        if (result is ObjectRejected { Status.Reason: not "NotFound" } refused)
        {
            var changed = refused.Status.Reason == "Conflict";
            if (!changed) _log.Info("{0} could not be collected yet: {1}", refused.Key, refused.Status.Message);
            Timers.StartSingleTimer(result.Key, new Retry(result.Key), changed ? _options.ConflictDelay : _options.RetryDelay);
        }
        Advance();
    }

    private void SweepAll()
    {
        foreach (var (key, _) in _unanswered.Where(waiting => _time.GetElapsedTime(waiting.Value) >= _options.AnswerTimeout).ToArray()) _unanswered.Remove(key);
        _again.RemoveWhere(key => !_unanswered.ContainsKey(key));
        foreach (var resource in _cache.Resources)
        {
            // Examined before the queue is locked: whoever adds to it waits for that.
            ObjectKey[] found = [.. _cache.List(resource).Objects.Where(OwnerCollector.Concerns).Where(item => !_collector.Examine(item, _cache).IsEmpty).Select(item => item.Key)];
            _queue.Add(found);
        }
    }

    private sealed record Retry(ObjectKey Key);

    private sealed record Work
    {
        public static readonly Work Instance = new();
    }
}
