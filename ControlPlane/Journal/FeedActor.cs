using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using ControlPlane.Objects;

namespace ControlPlane.Journal;

/// <summary>
/// Keeps this process's cache in step with what other control planes commit. Pushes its own commits to the members it can reach, applies
/// theirs, reads the table when a hole is not filled soon, and looks there now and then whatever was pushed: a push may be lost or doubled.
/// </summary>
public sealed class FeedActor : ReceiveActor, IWithTimers
{
    /// <summary>The actor's name under <c>/user</c>, the same in every control plane.</summary>
    public const string Name = "feed";

    // A peer's push is on its way for less than a millisecond; reading the table for each hole would be the slower way.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(500);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly WatchCache _cache = WatchCache.Get(Context.System);
    private readonly JournalReader _reader = JournalReader.Get(Context.System);
    private readonly FeedOutbox _outbox = FeedOutbox.Get(Context.System);
    private readonly Dictionary<Address, ActorSelection> _peers = [];
    private readonly ObjectEventSerializer _events;
    private readonly TimeSpan _poll;
    private readonly Cluster? _cluster;
    private readonly Action _holeFound;
    private bool _reading;
    private bool _failing;

    public FeedActor()
    {
        _events = (ObjectEventSerializer)Context.System.Serialization.FindSerializerForType(typeof(ObjectStored));
        _poll = Context.System.Settings.Config.GetTimeSpan("actors.journal.poll");
        _cluster = Context.System.HasExtension<Cluster>() ? Cluster.Get(Context.System) : null;
        var self = Self;
        _holeFound = () => self.Tell(LookAt.Hole);

        Receive<ClusterEvent.MemberUp>(up => Add(up.Member));
        Receive<ClusterEvent.ReachableMember>(reachable => Add(reachable.Member));
        Receive<ClusterEvent.UnreachableMember>(unreachable => Remove(unreachable.Member));
        Receive<ClusterEvent.MemberRemoved>(removed => Remove(removed.Member));
        Receive<Pushable>(_ => Push());
        Receive<FeedPush>(Take);
        Receive<LookAt>(Look);
        Receive<Seen>(Finish);
        Receive<Status.Failure>(Fail);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>One per process, named <see cref="Name"/>; the journal is loaded.</summary>
    public static Props Props() => Akka.Actor.Props.Create(() => new FeedActor());

    /// <summary>Told by timers, or by a test, to look at the table.</summary>
    public enum LookAt
    {
        /// <summary>It may have something new: the slow backstop.</summary>
        Table,

        /// <summary>A batch came before its predecessors.</summary>
        Hole,

        /// <summary>The predecessors had their time.</summary>
        OldHole,
    }

    protected override void PreStart()
    {
        _cache.HoleFound += _holeFound;
        _cluster?.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberRemoved));
        if (_reader.Shared) Timers.StartPeriodicTimer(LookAt.Table, LookAt.Table, _poll);
    }

    protected override void PostStop()
    {
        _cache.HoleFound -= _holeFound;
        _outbox.Open(null);
        _cluster?.Unsubscribe(Self);
    }

    private void Add(Member member)
    {
        if (member.UniqueAddress == _cluster!.SelfUniqueAddress || member.Status is not (MemberStatus.Up or MemberStatus.Leaving)) return;
        if (!_peers.TryAdd(member.Address, Context.ActorSelection(new RootActorPath(member.Address) / "user" / Name)) || _peers.Count > 1) return;
        var self = Self;
        _outbox.Open(() => self.Tell(Pushable.Instance));
    }

    private void Remove(Member member)
    {
        if (_peers.Remove(member.Address) && _peers.Count == 0) _outbox.Open(null);
    }

    private void Push()
    {
        while (_outbox.TryTake(out var rows))
        {
            foreach (var piece in FeedPieces.Cut(rows))
            {
                foreach (var peer in _peers.Values) peer.Tell(piece);
            }
        }
    }

    private void Take(FeedPush push)
    {
        if (push.To <= _cache.Revision) return;
        try
        {
            _cache.Apply(FeedPieces.Read(push, _events.Identifier, (message, _, manifest) => (ObjectStored)_events.FromBinary(message, manifest)));
        }
        catch (KeyNotOnRingException)
        {
            // It was made while this member was not heard. Whoever reads the table learns it first.
            Look(LookAt.Table);
        }
        catch (SerializationException damage)
        {
            _log.Error(damage, "A piece pushed by {0} can't be read.", Sender);
        }
    }

    private void Look(LookAt look)
    {
        if (_reading) return;
        if (look == LookAt.Hole)
        {
            if (!Timers.IsTimerActive(LookAt.OldHole)) Timers.StartSingleTimer(LookAt.OldHole, LookAt.OldHole, Grace);
            return;
        }
        if (look == LookAt.OldHole && !_cache.HasHole) return;
        _reading = true;
        Read(_reader).PipeTo(Self);
    }

    private static async Task<Seen> Read(JournalReader reader) => new(await reader.CatchUpIfBehind());

    private void Finish(Seen seen)
    {
        (_reading, _failing) = (false, false);
        _cache.Compacted(seen.Floor);
        if (_cache.HasHole) Look(LookAt.Hole);
    }

    private void Fail(Status.Failure failure)
    {
        _reading = false;
        if (!_failing) _log.Warning(failure.Cause, "The journal can't be read; what others commit is seen once it can.");
        _failing = true;
        if (_cache.HasHole) Timers.StartSingleTimer(LookAt.OldHole, LookAt.OldHole, AfterFailure);
    }

    private sealed record Seen(long Floor);

    private sealed record Pushable
    {
        public static Pushable Instance { get; } = new();
    }
}
