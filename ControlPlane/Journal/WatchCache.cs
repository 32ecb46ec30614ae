using System.Collections.Concurrent;
using Akka.Actor;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;

namespace ControlPlane.Journal;

/// <summary>
/// All live objects and the recent changes of every kind, kept in step with the journal. The only thing that LIST, GET, WATCH, the scheduler,
/// the node streams and the reconcilers read. Writers hold a lock for the time of one batch; readers take none.
/// </summary>
public sealed class WatchCache : IExtension, IObjectView
{
    private const int MostEarly = 256;
    private readonly Lock _gate = new();
    private readonly JournalClock _clock = new();
    private readonly SortedDictionary<long, CommittedBatch> _early = [];
    private readonly ConcurrentDictionary<string, NewestEvent> _newest = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<GroupResource, ResourceCache> _resources = new();
    private readonly ObjectPlaces _places;
    private readonly RevisionWaiters _waiting;
    private long _floor;

    public WatchCache()
    {
        _waiting = new(_gate);
        _places = new(key => Get(key));
    }

    public static WatchCache Get(ActorSystem system) => system.WithExtension<WatchCache, Provider>();

    /// <inheritdoc/>
    public long Revision => _clock.Revision;

    /// <summary>
    /// The batches without holes, in order. Handlers run under the cache's lock: they hand over and return. One that throws misses the batch and is reported;
    /// all others, and the writer, go on.
    /// </summary>
    public event Action<CommittedBatch, IReadOnlyList<ObjectChange>>? Applied;

    /// <summary>A handler of <see cref="Applied"/> threw.</summary>
    public event Action<Exception>? HandlerFailed;

    /// <summary>A batch came before its predecessors: the table has to be read if they do not come soon. Handlers hand over and return.</summary>
    public event Action? HoleFound;

    /// <summary>Whether batches wait for their predecessors.</summary>
    public bool HasHole
    {
        get
        {
            lock (_gate) return _early.Count > 0;
        }
    }

    /// <summary>The commands that were carried out of late.</summary>
    public RecentCommands Commands { get; } = new();

    /// <summary>The newest event of a persistence id, tombstones included: what an actor recovers from.</summary>
    public bool TryGetNewest(string persistenceId, out NewestEvent newest) => _newest.TryGetValue(persistenceId, out newest);

    /// <inheritdoc/>
    public StoredObject? Get(in ObjectKey key) => _resources.TryGetValue(key.GroupResource, out var part) ? part.Get(key) : null;

    /// <inheritdoc/>
    public long NewestSequenceNr(in ObjectKey key) => TryGetNewest(key.PersistenceId, out var newest) ? newest.SequenceNr : 0;

    /// <inheritdoc/>
    public ResourceSnapshot List(GroupResource resource) => Of(resource).Snapshot;

    /// <inheritdoc/>
    public IReadOnlyList<StoredObject> List(GroupResource resource, string @namespace) => Of(resource).Snapshot.InNamespace(@namespace);

    /// <inheritdoc/>
    public IReadOnlyCollection<StoredObject> OwnedBy(string uid) => _places.OwnedBy(uid);

    /// <inheritdoc/>
    public IReadOnlyCollection<StoredObject> PodsOn(string nodeName) => _places.PodsOn(nodeName);

    /// <inheritdoc/>
    public IReadOnlyCollection<StoredObject> Uncontrolled(GroupResource resource, string @namespace) =>
        _places.Uncontrolled(resource, @namespace) ?? [.. List(resource, @namespace).Where(found => found.Header.Controller is null)];

    /// <inheritdoc/>
    public IEnumerable<StoredObject> Selected(GroupResource resource, string @namespace, LabelSelector selector) => selector.SelectsNothing
        ? []
        : (_places.Candidates(resource, @namespace, selector) ?? List(resource, @namespace)).Where(found => selector.Matches(found.Header.Labels));

    /// <summary>The change that was committed at a revision, if it has been shown and is still in its resource's window.</summary>
    public ObjectChange? ChangeAt(GroupResource resource, long revision)
    {
        var part = Of(resource);
        var found = new List<ObjectChange>(1);
        return part.PositionAfter(revision - 1) is { } position && part.TryRead(position, 1, found) && found is [var change] && change.Object.Revision == revision ? change : null;
    }

    /// <summary>The live objects and recent changes of one resource; empty until its first object.</summary>
    public ResourceCache Of(GroupResource resource) =>
        _resources.GetOrAdd(resource, static (added, clock) => new(added, clock), _clock);

    /// <summary>The resources that have, or had, objects.</summary>
    public ICollection<GroupResource> Resources => _resources.Keys;

    /// <summary>Completes once every revision up to this one is visible: read your own writes. A revision that is never reached needs a token.</summary>
    /// <exception cref="JournalBusyException">Too many wait already.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled first.</exception>
    public Task WaitFor(long revision, CancellationToken stop = default)
    {
        if (Revision >= revision) return Task.CompletedTask;
        lock (_gate)
        {
            return Revision >= revision ? Task.CompletedTask : _waiting.Add(revision, stop);
        }
    }

    /// <summary>
    /// Takes a batch from this process's writer, from a peer or from the table; repeats are harmless. Recovery sees it at once, watchers when
    /// all before it are here. False: there is a hole, read the table.
    /// </summary>
    public bool Apply(CommittedBatch batch)
    {
        foreach (var e in batch.Events) Remember(e);
        foreach (var (id, place) in batch.Unreadable) Remember(id, place);
        lock (_gate)
        {
            if (batch.To > Revision && (!_early.TryGetValue(batch.From, out var held) || held.To < batch.To)) _early[batch.From] = batch;
            ShowContiguous();
            // What is dropped here is read from the table, with all that comes before it.
            while (_early.Count > MostEarly) _early.Remove(_early.Keys.Last());
            if (_early.Count == 0) return true;
        }
        HoleFound?.Invoke();
        return false;
    }

    /// <summary>Takes the whole state as of a revision: at start, or when changes this process has not seen were compacted away.</summary>
    internal void Reset(JournalBaseline baseline)
    {
        lock (_gate)
        {
            if (baseline.Revision < Revision) return;
            var known = baseline.Live.Select(e => e.PersistenceId).Concat(baseline.Gone.Select(gone => gone.PersistenceId)).ToHashSet(StringComparer.Ordinal);
            Forget(id => !known.Contains(id), baseline.Revision);
            Commands.Missed(baseline.Revision);
            foreach (var e in baseline.Live) Remember(e.PersistenceId, Place(e));
            foreach (var (id, place) in baseline.Gone) Remember(id, place);

            _clock.Oldest = baseline.Revision;
            var live = baseline.Live.GroupBy(e => e.Event.Key.GroupResource).ToDictionary(
                group => group.Key, group => group.ToDictionary(e => e.Event.Key, e => e.Event.ToStored()));
            var changes = new List<ObjectChange>(baseline.Live.Count);
            foreach (var resource in live.Keys.Union(_resources.Keys).ToArray())
            {
                changes.AddRange(Of(resource).Reset(live.GetValueOrDefault(resource) ?? [], baseline.Revision));
            }
            foreach (var change in changes) _places.Index(change);
            Passed(new(Revision + 1, baseline.Revision, baseline.Live), changes);
            ShowContiguous();
        }
    }

    /// <summary>Forgets the tombstones up to the journal's floor: the table has none of them any more.</summary>
    internal void Compacted(long floor)
    {
        if (floor > Interlocked.Exchange(ref _floor, floor)) Forget(static _ => true, floor, onlyTombstones: true);
    }

    private void ShowContiguous()
    {
        while (_early.Count > 0)
        {
            var (from, next) = _early.First();
            if (from > Revision + 1) break;
            _early.Remove(from);
            if (next.To > Revision) Show(next);
        }
    }

    private void Show(CommittedBatch batch)
    {
        var changes = new List<ObjectChange>(batch.Events.Count);
        var changed = new HashSet<ResourceCache>();
        foreach (var e in batch.Events)
        {
            if (e.Revision <= Revision) continue;
            var now = e.Event.ToStored();
            var part = Of(now.Key.GroupResource);
            var change = part.Apply(now, e.Event.Deleted);
            _places.Index(change);
            changes.Add(change);
            changed.Add(part);
        }
        // Before the clock moves: who has waited for the revision finds it in the snapshots.
        foreach (var part in changed) part.Publish(batch.To);
        Passed(batch, changes);
    }

    private void Passed(CommittedBatch batch, List<ObjectChange> changes)
    {
        _clock.Revision = batch.To;
        _waiting.Reached(batch.To);
        if (Applied is not { } applied) return;
        foreach (var handler in Delegate.EnumerateInvocationList(applied))
        {
            try
            {
                handler(batch, changes);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                HandlerFailed?.Invoke(fault);
            }
        }
    }

    // The command first: who recovers from the event must not take the command for a new one.
    private void Remember(CommittedEvent e)
    {
        Commands.Add(e.Event.Audit, e.Revision);
        Remember(e.PersistenceId, Place(e));
    }

    private static NewestEvent Place(CommittedEvent e) => new(e.SequenceNr, e.Revision, e.Created, e.Event.Deleted ? null : e.Event);

    private void Remember(string persistenceId, NewestEvent place) =>
        _newest.AddOrUpdate(persistenceId, static (_, added) => added, static (_, old, added) => added.Revision > old.Revision ? added : old, place);

    private void Forget(Func<string, bool> which, long upTo, bool onlyTombstones = false)
    {
        foreach (var entry in _newest)
        {
            if (entry.Value.Revision <= upTo && (!onlyTombstones || entry.Value.IsTombstone) && which(entry.Key)) _newest.TryRemove(entry);
        }
    }

    private sealed class Provider : ExtensionIdProvider<WatchCache>
    {
        public override WatchCache CreateExtension(ExtendedActorSystem system) => new();
    }
}
