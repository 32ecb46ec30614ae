using System.Threading.Channels;
using Akka.Actor;
using ControlPlane.Journal;
using ControlPlane.Membership;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>What a dispatcher works on.</summary>
/// <param name="Cache">The changes it follows.</param>
/// <param name="Objects">Takes a <see cref="Reconcile"/> to its object.</param>
/// <param name="Rules">Whom a change wakes.</param>
/// <param name="Reconciled">The kinds with behaviour.</param>
/// <param name="Hosted">The shards whose objects are this process's share: others look after the rest.</param>
/// <param name="Head">Reads the newest revision there is anywhere.</param>
/// <param name="Time">Due times follow its monotonic clock: a step of the wall clock delays and hastens nothing.</param>
/// <param name="Failed">Hears what a rule threw, with its name.</param>
public sealed record ReconcileDispatch(
    WatchCache Cache, IActorRef Objects, IReadOnlyCollection<IWakeRule> Rules, IReadOnlyCollection<GroupResource> Reconciled, HostedShards Hosted, Func<Task<long>> Head, TimeProvider Time,
    Action<string, Exception> Failed)
{
    /// <summary>Within this time every object with behaviour is looked at, whatever happened: what was lost is found.</summary>
    public TimeSpan Round { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// Turns committed changes, due times and failures into <see cref="Reconcile"/> messages, each object at most once however much concerns it while it waits. It keeps
/// what is dirty and what is due, so an actor has nothing to lose. Messages may be lost all the same: the slow round makes up for them. Every member sees every change
/// and wakes only what it hosts; all objects of a shard that has just come here are looked at, since nobody may have looked meanwhile. They plan from no earlier than what was
/// the newest revision after the shard had come: all that who hosted them before has done, also in other objects, is known to their first plan. So do objects whose actor failed
/// or stopped half way.
/// </summary>
public sealed class ReconcileDispatcher : IReconcileSchedule, IAsyncDisposable
{
    private static readonly TimeSpan RoundStep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HeadRetry = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, long> _dirty = [];
    private readonly DueTimes _due;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ReconcileDispatch _work;
    private readonly ReconcileRounds _rounds;
    private readonly ITimer _roundTimer;
    private readonly ITimer _dueTimer;
    private readonly ITimer _headTimer;
    private readonly ChangeFollower _follower;
    private readonly Task _run;
    private long? _timed;
    private long _arrived;

    // Of the run alone: those whose head is not known yet.
    private long _arriving;

    /// <summary>Starts to follow the cache.</summary>
    public ReconcileDispatcher(ReconcileDispatch work)
    {
        _work = work;
        _due = new(work.Time.TimestampFrequency);
        _rounds = new(work.Cache, work.Reconciled, Math.Max(1, (int)(work.Round / RoundStep)));
        _dueTimer = work.Time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _headTimer = work.Time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _roundTimer = work.Time.CreateTimer(_ => Mark(_rounds), null, RoundStep, RoundStep);
        _follower = new(work.Cache, Follow, MarkAll, fault => work.Failed("a resync", fault));
        work.Hosted.Came += Arrived;
        Interlocked.Or(ref _arrived, work.Hosted.Set);
        _run = Task.Run(Run);
    }

    /// <summary>How many objects wait for their turn or their time.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _dirty.Count + _due.Count;
        }
    }

    /// <summary>Wakes every live object with behaviour: after a start, or when changes were lost.</summary>
    public void MarkAll()
    {
        lock (_gate)
        {
            foreach (var live in _work.Reconciled.SelectMany(resource => _work.Cache.List(resource).Objects)) MarkLocked(live.Key, live.Revision);
        }
        Wake();
    }

    /// <inheritdoc/>
    public void Settled(in ObjectKey key, TimeSpan? again)
    {
        lock (_gate) _due.Settle(key, _work.Time.GetTimestamp(), again);
        if (again is not null) Wake();
    }

    /// <inheritdoc/>
    public void Failed(in ObjectKey key)
    {
        lock (_gate) _due.Fail(key, _work.Time.GetTimestamp());
        Wake();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _work.Hosted.Came -= Arrived;
        await _roundTimer.DisposeAsync();
        await _dueTimer.DisposeAsync();
        await _headTimer.DisposeAsync();
        await _follower.DisposeAsync();
        _signal.Writer.TryComplete();
        await _run;
    }

    private void Follow(CommittedBatch batch, IReadOnlyList<ObjectChange> changes)
    {
        var keys = new HashSet<ObjectKey>();
        foreach (var rule in _work.Rules)
        {
            try
            {
                foreach (var change in changes) rule.Wake(change, _work.Cache, keys);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // Whom the rest of the batch would have woken by this rule is found by the slow round.
                _work.Failed(rule.GetType().Name, fault);
            }
        }
        if (keys.Count == 0) return;
        lock (_gate)
        {
            foreach (var key in keys) MarkLocked(key, batch.To);
        }
        Wake();
    }

    private void Arrived(int shard)
    {
        Interlocked.Or(ref _arrived, 1L << shard);
        Wake();
    }

    /// <summary>
    /// The newest revision there is anywhere, if somebody has to know it: objects of shards that have come here, and those that failed, whose plan may have been carried out half.
    /// Null where it can't be read now.
    /// </summary>
    private async Task<long?> Head(bool needed)
    {
        _arriving |= Interlocked.Exchange(ref _arrived, 0);
        if (!needed && _arriving == 0) return 0;
        try
        {
            return await _work.Head();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _work.Failed("asking for the newest revision", fault);
            _headTimer.Change(HeadRetry, Timeout.InfiniteTimeSpan);
            return null;
        }
    }

    private void MarkArrivedLocked(long head)
    {
        if (_arriving == 0) return;
        foreach (var live in _work.Reconciled.SelectMany(resource => _work.Cache.List(resource).Objects))
        {
            if ((_arriving & (1L << ObjectMessageExtractor.ShardOf(live.Key))) != 0) MarkLocked(live.Key, Math.Max(head, live.Revision));
        }
        _arriving = 0;
    }

    private void Mark(ReconcileRounds rounds)
    {
        lock (_gate)
        {
            foreach (var live in rounds.Step()) MarkLocked(live.Key, live.Revision);
        }
        Wake();
    }

    private void MarkLocked(in ObjectKey key, long revision) => _dirty[key] = Math.Max(revision, _dirty.GetValueOrDefault(key));

    private void Wake() => _signal.Writer.TryWrite(true);

    private async Task Run()
    {
        var now = new List<Reconcile>();
        await foreach (var _ in _signal.Reader.ReadAllAsync())
        {
            HashSet<ObjectKey> failed;
            lock (_gate)
            {
                _due.TakeDue(_work.Time.GetTimestamp(), key => MarkLocked(key, 0));
                failed = [.. _dirty.Keys.Where(key => _due.HasFailed(key))];
            }
            var head = await Head(failed.Count > 0);
            lock (_gate)
            {
                if (head is { } known) MarkArrivedLocked(known);
                Take(now, failed, head);
                SetTimer();
            }
            foreach (var message in now) _work.Objects.Tell(message, ActorRefs.NoSender);
            now.Clear();
        }
    }

    // What waits for the head stays dirty until it is known.
    private void Take(List<Reconcile> now, HashSet<ObjectKey> failed, long? head)
    {
        var arriving = _arriving | Volatile.Read(ref _arrived);
        foreach (var (key, revision) in _dirty)
        {
            var (shard, hasFailed) = (ObjectMessageExtractor.ShardOf(key), _due.HasFailed(key));
            if ((arriving & (1L << shard)) != 0 || (hasFailed && (head is null || !failed.Contains(key)))) continue;
            if (_work.Hosted.Contains(shard)) now.Add(new(key, hasFailed ? Math.Max(revision, head!.Value) : revision));
            else _due.Settle(key, 0, null);
            _dirty.Remove(key);
        }
    }

    private void SetTimer()
    {
        if (_due.Next == _timed) return;
        _timed = _due.Next;
        var left = _timed is { } at ? _work.Time.GetElapsedTime(_work.Time.GetTimestamp(), at) : Timeout.InfiniteTimeSpan;

        // A timer may be a little early by the monotonic clock; a millisecond more is cheaper than a second look.
        _dueTimer.Change(_timed is null ? left : (left > TimeSpan.Zero ? left : TimeSpan.Zero) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }
}
