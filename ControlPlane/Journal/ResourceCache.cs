using System.Collections.Concurrent;
using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Journal;

/// <summary>
/// One resource's live objects and its window of recent changes. Written by the cache alone; read by anyone without a lock.
/// A watcher keeps its place as a change number and asks for what came after it.
/// </summary>
public sealed class ResourceCache
{
    /// <summary>Changes kept per resource. A watch that has fallen further behind gets 410 Gone and lists again.</summary>
    public const int DefaultWindow = 8192;

    /// <summary>Bytes of JSON the kept changes may have together: the window of a resource with huge objects is shorter.</summary>
    public const long DefaultWindowBytes = 32 << 20;

    private const int ChangesPerRead = 1024;

    private readonly JournalClock _clock;
    private readonly ConcurrentDictionary<ObjectKey, StoredObject> _live = new();
    private readonly ObjectChange?[] _ring;
    private readonly long _maxBytes;
    private ImmutableSortedSet<StoredObject>.Builder _sorted = ImmutableSortedSet.CreateBuilder<StoredObject>(KeyOrder.Instance);
    private ResourceSnapshot _snapshot = new(0, ImmutableSortedSet.Create<StoredObject>(KeyOrder.Instance));
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WatchScopes _scopes = new();
    private long _published;
    private long _count;
    private long _first;
    private long _droppedTo;
    private long _bytes;

    internal ResourceCache(GroupResource resource, JournalClock clock, int window = DefaultWindow, long maxBytes = DefaultWindowBytes)
    {
        Resource = resource;
        _maxBytes = maxBytes;
        _clock = clock;
        _ring = new ObjectChange?[window];
    }

    public GroupResource Resource { get; }

    public StoredObject? Get(in ObjectKey key) => _live.TryGetValue(key, out var found) ? found : null;

    /// <summary>
    /// The live objects in (namespace, name) order as of one revision, which is as new as the cache's: a watch from there misses nothing.
    /// </summary>
    public ResourceSnapshot Snapshot
    {
        get
        {
            // In this order: whatever the clock has passed was published before.
            var revision = _clock.Revision;
            var snapshot = Volatile.Read(ref _snapshot);
            return snapshot.Revision >= revision ? snapshot : new(revision, snapshot.Objects);
        }
    }

    /// <summary>
    /// The live objects as they were at a revision, whoever was asked for them then; null if that has left the window, or is not shown here yet. Costs the changes
    /// since.
    /// </summary>
    public ResourceSnapshot? SnapshotAt(long revision)
    {
        var snapshot = Snapshot;
        if (snapshot.Revision <= revision) return snapshot.Revision == revision ? snapshot : null;
        if (PositionAfter(revision) is not { } position) return null;
        var since = new List<ObjectChange>();
        while (position < Position)
        {
            var before = since.Count;
            if (!TryRead(position, ChangesPerRead, since)) return null;
            position += since.Count - before;
            if (since[^1].Object.Revision > snapshot.Revision) break;
        }
        var objects = snapshot.Objects.ToBuilder();
        for (var i = since.Count - 1; i >= 0; i--)
        {
            var change = since[i];
            if (change.Object.Revision > snapshot.Revision) continue;
            objects.Remove(change.Object);
            if (change.Previous is { } previous) objects.Add(previous);
        }
        return new(revision, objects.ToImmutable());
    }

    /// <summary>The number of changes so far: a place to read on from.</summary>
    public long Position => Volatile.Read(ref _count);

    /// <summary>Every change before this number was told to the scopes it concerns.</summary>
    public long Published => Volatile.Read(ref _published);

    /// <summary>Begins to wait for changes of one object, of a namespace, or ("") of everything.</summary>
    public WatchScope Enter(string @namespace, string name) => _scopes.Enter(@namespace, name);

    /// <summary>Completes at the next change after the call.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>
    /// The place after the last change with a revision up to this one; null if changes after it have left the window: 410 Gone.
    /// </summary>
    public long? PositionAfter(long revision)
    {
        while (true)
        {
            var low = Volatile.Read(ref _first);
            var high = Position;
            while (low < high)
            {
                var middle = low + ((high - low) / 2);
                if (Slot(middle) is { } change && change.Object.Revision <= revision) low = middle + 1;
                else high = middle;
            }
            if (revision < _clock.Oldest || revision < Volatile.Read(ref _droppedTo)) return null;
            // A slot that was dropped during the search shows a later change or none, so the search may end too low, but never too high.
            if (low >= Volatile.Read(ref _first)) return low;
        }
    }

    /// <summary>Copies the changes from a place on, at most <paramref name="most"/>. False, and nothing copied, if they have left the window.</summary>
    public bool TryRead(long position, int most, List<ObjectChange> into)
    {
        var end = Math.Min(Position, position + most);
        var before = into.Count;
        for (var i = position; i < end; i++)
        {
            // First is raised before a slot is dropped: it tells an old change from its successor.
            if (Slot(i) is { } change && i >= Volatile.Read(ref _first))
            {
                into.Add(change);
                continue;
            }
            into.RemoveRange(before, into.Count - before);
            return false;
        }
        return position >= Volatile.Read(ref _first);
    }

    internal ObjectChange Apply(StoredObject now, bool deleted)
    {
        _live.TryGetValue(now.Key, out var before);
        var change = new ObjectChange(now, before, deleted);

        // The window holds objects, and nothing that was made of them.
        if (before is not null) before.ManagedView = null;
        _bytes += now.Json.Length;
        while (_first < _count && (_count - _first == _ring.Length || _bytes > _maxBytes)) Drop();
        Volatile.Write(ref _ring[_count % _ring.Length], change);
        Volatile.Write(ref _count, _count + 1);

        // The window first: whoever meets a live object's new version finds the change there.
        if (before is not null) _sorted.Remove(before);
        if (deleted)
        {
            _live.TryRemove(now.Key, out _);
        }
        else
        {
            _live[now.Key] = now;
            _sorted.Add(now);
        }
        return change;
    }

    internal void Publish(long revision)
    {
        Volatile.Write(ref _snapshot, new(revision, _sorted.ToImmutable()));
        for (var i = _published; i < _count; i++)
        {
            if (Slot(i) is { } change) _scopes.Signal(change.Object, i);
        }
        Volatile.Write(ref _published, _count);
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    /// <summary>Replaces the live objects; the result is what changed. Every place in the window is lost.</summary>
    internal List<ObjectChange> Reset(IReadOnlyDictionary<ObjectKey, StoredObject> live, long revision)
    {
        var changes = new List<ObjectChange>();
        foreach (var (key, old) in _live)
        {
            if (live.ContainsKey(key)) continue;
            _live.TryRemove(key, out _);
            changes.Add(new(old, old, true));
        }
        foreach (var (key, now) in live)
        {
            var before = Get(key);
            if (before?.Revision == now.Revision) continue;
            _live[key] = now;
            changes.Add(new(now, before, false));
        }
        _sorted = _live.Values.ToImmutableSortedSet(KeyOrder.Instance).ToBuilder();
        Volatile.Write(ref _droppedTo, revision);

        // Also where nothing ever changed: who waits here has to learn that changes may have been passed over.
        Volatile.Write(ref _first, _count + 1);
        Array.Clear(_ring);
        _bytes = 0;
        Volatile.Write(ref _count, _count + 1);
        _published = _count;
        Publish(revision);
        _scopes.SignalAll();
        return changes;
    }

    // In this order: a reader that finds the slot changed finds it dropped, too.
    private void Drop()
    {
        ref var oldest = ref _ring[_first % _ring.Length];
        _bytes -= oldest!.Object.Json.Length;
        Volatile.Write(ref _droppedTo, oldest.Object.Revision);
        Volatile.Write(ref _first, _first + 1);
        Volatile.Write(ref oldest, null);
    }

    private ObjectChange? Slot(long position) => Volatile.Read(ref _ring[position % _ring.Length]);
}
