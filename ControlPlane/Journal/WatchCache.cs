using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Journal;

/// <summary>One committed event with its place in the journal.</summary>
public sealed record CommittedEvent(string PersistenceId, long SequenceNr, long Created, ObjectStored Event)
{
    public long Revision => Event.Revision;
}

/// <summary>All that was committed in the revisions From..To and has not been compacted away, in order.</summary>
public sealed record CommittedBatch(long From, long To, IReadOnlyList<CommittedEvent> Events);

/// <summary>A change as watchers see it. <paramref name="Previous"/> is the version before, if the object existed.</summary>
public sealed record ObjectChange(StoredObject Object, StoredObject? Previous, bool Deleted);

/// <summary>
/// All live objects and the recent changes of every kind, kept in step with the journal. The only thing that LIST, GET, WATCH, the scheduler,
/// the node streams and the reconcilers read. Writers hold a lock for the time of one batch; readers take none.
/// </summary>
public sealed class WatchCache : IExtension, IObjectView
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, CommittedBatch> _early = [];
    private readonly ConcurrentDictionary<string, CommittedEvent> _newest = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<GroupResource, ResourceFeed> _resources = new();
    private readonly ConcurrentDictionary<string, ImmutableDictionary<ObjectKey, StoredObject>> _byOwner = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ImmutableDictionary<ObjectKey, StoredObject>> _byNode = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ImmutableDictionary<ObjectKey, StoredObject>> _uncontrolled = new(StringComparer.Ordinal);
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private long _revision;

    public static WatchCache Get(ActorSystem system) => system.WithExtension<WatchCache, Provider>();

    /// <inheritdoc/>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>The batches without holes, in order. Handlers run under the cache's lock: they hand over and return.</summary>
    public event Action<CommittedBatch, IReadOnlyList<ObjectChange>>? Applied;

    /// <summary>The newest event of a persistence id, tombstones included: what an actor recovers from.</summary>
    public bool TryGetNewest(string persistenceId, out CommittedEvent newest) => _newest.TryGetValue(persistenceId, out newest!);

    /// <inheritdoc/>
    public StoredObject? Get(in ObjectKey key) => _resources.TryGetValue(key.GroupResource, out var feed) ? feed.Get(key) : null;

    /// <inheritdoc/>
    public ResourceSnapshot List(GroupResource resource) => Feed(resource).Snapshot;

    /// <inheritdoc/>
    public IReadOnlyList<StoredObject> List(GroupResource resource, string @namespace) => Feed(resource).Snapshot.InNamespace(@namespace);

    /// <inheritdoc/>
    public IReadOnlyCollection<StoredObject> OwnedBy(string uid) => _byOwner.TryGetValue(uid, out var owned) ? (IReadOnlyCollection<StoredObject>)owned.Values : [];

    /// <inheritdoc/>
    public IReadOnlyCollection<StoredObject> PodsOn(string nodeName) => _byNode.TryGetValue(nodeName, out var pods) ? (IReadOnlyCollection<StoredObject>)pods.Values : [];

    /// <inheritdoc/>
    public IReadOnlyCollection<StoredObject> Uncontrolled(GroupResource resource, string @namespace) =>
        !Adoptable(resource) ? [.. List(resource, @namespace).Where(found => found.Header.Controller is null)]
        : _uncontrolled.TryGetValue($"{resource}/{@namespace}", out var found) ? (IReadOnlyCollection<StoredObject>)found.Values : [];

    /// <summary>The live objects and recent changes of one resource; empty until its first object.</summary>
    public ResourceFeed Feed(GroupResource resource) => _resources.GetOrAdd(resource, static added => new(added));

    /// <summary>The resources that have, or had, objects.</summary>
    public ICollection<GroupResource> Resources => _resources.Keys;

    /// <summary>Completes once every revision up to this one is visible: read your own writes.</summary>
    public Task WaitFor(long revision)
    {
        if (Revision >= revision) return Task.CompletedTask;
        lock (_gate)
        {
            if (_revision >= revision) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(reached, revision);
            return reached.Task;
        }
    }

    /// <summary>
    /// Takes a batch from this process's writer, from a peer or from the table; repeats are harmless. Recovery sees it at once, watchers when
    /// all before it are here. False: there is a hole, read the table.
    /// </summary>
    public bool Apply(CommittedBatch batch)
    {
        foreach (var e in batch.Events)
        {
            _newest.AddOrUpdate(e.PersistenceId, static (_, added) => added, static (_, old, added) => added.Revision > old.Revision ? added : old, e);
        }
        lock (_gate)
        {
            if (batch.To > _revision) _early[batch.From] = batch;
            while (_early.Count > 0)
            {
                var (from, next) = _early.First();
                if (from > _revision + 1) break;
                _early.Remove(from);
                if (next.To > _revision) Show(next);
            }
            return _early.Count == 0;
        }
    }

    private void Show(CommittedBatch batch)
    {
        var changes = new List<ObjectChange>(batch.Events.Count);
        foreach (var e in batch.Events)
        {
            if (e.Revision <= _revision) continue;
            var now = e.Event.ToStored();
            var change = Feed(now.Key.GroupResource).Apply(now, e.Event.Deleted);
            if (change.Previous is { } before) Unindex(before, now, e.Event.Deleted);
            if (!e.Event.Deleted) Index(now);
            changes.Add(change);
        }
        Volatile.Write(ref _revision, batch.To);
        foreach (var resource in changes.Select(change => change.Object.Key.GroupResource).Distinct()) Feed(resource).Publish(batch.To);
        Applied?.Invoke(batch, changes);
        while (_waiting.TryPeek(out var reached, out var revision) && revision <= _revision)
        {
            _waiting.Dequeue();
            reached.TrySetResult();
        }
    }

    private void Index(StoredObject added)
    {
        foreach (var owner in added.Header.Owners) Put(_byOwner, owner.Uid, added);
        if (added.Header.NodeName.Length > 0 && added.Key is { Group: "", Resource: "pods" }) Put(_byNode, added.Header.NodeName, added);
        if (Adoptable(added.Key.GroupResource) && added.Header.Controller is null) Put(_uncontrolled, $"{added.Key.GroupResource}/{added.Key.Namespace}", added);
    }

    private void Unindex(StoredObject before, StoredObject now, bool deleted)
    {
        foreach (var owner in before.Header.Owners)
        {
            if (deleted || !now.Header.Owners.Any(kept => kept.Uid == owner.Uid)) Drop(_byOwner, owner.Uid, before.Key);
        }
        if (Adoptable(before.Key.GroupResource) && before.Header.Controller is null && (deleted || now.Header.Controller is not null))
        {
            Drop(_uncontrolled, $"{before.Key.GroupResource}/{before.Key.Namespace}", before.Key);
        }
        if (before.Header.NodeName.Length > 0 && (deleted || now.Header.NodeName != before.Header.NodeName)) Drop(_byNode, before.Header.NodeName, before.Key);
    }

    /// <summary>What controllers look for orphans among, on every change: worth an index.</summary>
    private static bool Adoptable(GroupResource resource) => resource is { Group: "", Resource: "pods" } or { Group: "apps", Resource: "replicasets" };

    private static void Put(ConcurrentDictionary<string, ImmutableDictionary<ObjectKey, StoredObject>> index, string at, StoredObject added) =>
        index.AddOrUpdate(at, static (_, o) => ImmutableDictionary<ObjectKey, StoredObject>.Empty.SetItem(o.Key, o), static (_, old, o) => old.SetItem(o.Key, o), added);

    private static void Drop(ConcurrentDictionary<string, ImmutableDictionary<ObjectKey, StoredObject>> index, string at, ObjectKey key)
    {
        if (!index.TryGetValue(at, out var old)) return;
        var rest = old.Remove(key);
        if (rest.IsEmpty) index.TryRemove(at, out _);
        else index[at] = rest;
    }

    private sealed class Provider : ExtensionIdProvider<WatchCache>
    {
        public override WatchCache CreateExtension(ExtendedActorSystem system) => new();
    }
}
