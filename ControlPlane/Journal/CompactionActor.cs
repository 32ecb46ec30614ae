using Akka.Actor;
using Akka.Event;

namespace ControlPlane.Journal;

/// <summary>
/// Deletes superseded events and tombstones older than the retention, or, where the journal has outgrown its bytes, the oldest of them; then gives the space
/// back. All in pieces small enough that writers hardly notice. Every control plane runs one; the floor decides who does a piece.
/// </summary>
public sealed class CompactionActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly WatchCache _cache = WatchCache.Get(Context.System);
    private readonly JournalReader _reader = JournalReader.Get(Context.System);
    private readonly TimeSpan _retention = Context.System.Settings.Config.GetTimeSpan("actors.journal.retention");
    private readonly long _mostBytes = Context.System.Settings.Config.GetByteSize("actors.journal.most-bytes") ?? long.MaxValue;
    private readonly long _window = Context.System.Settings.Config.GetLong("akka.persistence.journal.sql.load-window", ResourceCache.DefaultWindow);
    private bool _running;

    public CompactionActor(TimeProvider time)
    {
        Receive<Compact>(_ =>
        {
            if (_running) return;
            _running = true;
            Piece(time.GetUtcNow() - _retention).PipeTo(Self);
        });
        Receive<PieceDone>(done =>
        {
            if (done.More)
            {
                Piece(time.GetUtcNow() - _retention).PipeTo(Self);
                return;
            }
            _running = false;
            _cache.Compacted(done.Floor);
        });
        Receive<Status.Failure>(failure =>
        {
            _running = false;
            _log.Warning(failure.Cause, "The journal was not compacted; the next attempt is in {0}.", Interval);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>One per process; the journal is loaded.</summary>
    public static Props Props(TimeProvider time) => Akka.Actor.Props.Create(() => new CompactionActor(time));

    /// <summary>Told by a timer, or by a test: compact what is old enough.</summary>
    public sealed record Compact
    {
        public static Compact Instance { get; } = new();
    }

    protected override void PreStart() => Timers.StartPeriodicTimer(Compact.Instance, Compact.Instance, Interval);

    private async Task<PieceDone> Piece(DateTimeOffset olderThan)
    {
        var store = _reader.Store;
        var (head, _, bytes) = await store.ReadCounters(_cache.Revision);

        // However large it is, the journal keeps what running watches go on from.
        var more = (bytes > _mostBytes && await store.CompactPiece(DateTimeOffset.MaxValue, head - _window)) || await store.CompactPiece(olderThan) || await store.GiveBack();
        return new(more, more ? 0 : (await store.ReadCounters(_cache.Revision)).Floor);
    }

    private sealed record PieceDone(bool More, long Floor);
}
