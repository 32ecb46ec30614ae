using System.Collections.Concurrent;
using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Journal;

/// <summary>
/// One resource's live objects and its window of recent changes. Written by the cache alone; read by anyone without a lock.
/// A watcher keeps its place as a change number and asks for what came after it.
/// </summary>
public sealed class ResourceFeed(GroupResource resource, int window = ResourceFeed.DefaultWindow)
{
    /// <summary>Changes kept per resource. A watch that has fallen further behind gets 410 Gone and lists again.</summary>
    public const int DefaultWindow = 8192;

    private readonly ConcurrentDictionary<ObjectKey, StoredObject> _live = new();
    private readonly ObjectChange?[] _ring = new ObjectChange?[window];
    private ImmutableSortedSet<StoredObject> _sorted = ImmutableSortedSet.Create<StoredObject>(KeyOrder.Instance);
    private ResourceSnapshot? _snapshot;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _count;
    private long _compactedTo;
    private long _revision;

    public GroupResource Resource => resource;

    public StoredObject? Get(in ObjectKey key) => _live.TryGetValue(key, out var found) ? found : null;

    /// <summary>The live objects in (namespace, name) order, as of one revision.</summary>
    public ResourceSnapshot Snapshot => Volatile.Read(ref _snapshot) ?? new(0, ImmutableSortedSet.Create<StoredObject>(KeyOrder.Instance));

    /// <summary>The number of changes so far: a place to read on from.</summary>
    public long Position => Volatile.Read(ref _count);

    /// <summary>Completes at the next change after the call.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>
    /// The place after the last change with a revision up to this one; null if changes after it have left the window: 410 Gone.
    /// </summary>
    public long? PositionAfter(long revision)
    {
        var end = Position;
        var start = Math.Max(0, end - window);
        if (revision < Volatile.Read(ref _compactedTo)) return null;
        var (low, high) = (start, end);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ring[middle % window] is not { } change) return null;
            if (change.Object.Revision <= revision) low = middle + 1;
            else high = middle;
        }
        return low == start && revision < Volatile.Read(ref _compactedTo) ? null : low;
    }

    /// <summary>Copies the changes from a place on, at most <paramref name="most"/>. False if they have left the window.</summary>
    public bool TryRead(long position, int most, List<ObjectChange> into)
    {
        var end = Math.Min(Position, position + most);
        for (var i = position; i < end; i++)
        {
            var change = Volatile.Read(ref _ring[i % window]);
            if (change is null) return false;
            into.Add(change);
        }
        // The writer may have come round while the copy was made.
        return Position - position <= window;
    }

    internal ObjectChange Apply(StoredObject now, bool deleted)
    {
        _live.TryGetValue(now.Key, out var before);
        if (before is not null) _sorted = _sorted.Remove(before);
        if (deleted) _live.TryRemove(now.Key, out _);
        else
        {
            _live[now.Key] = now;
            _sorted = _sorted.Add(now);
        }
        var change = new ObjectChange(now, before, deleted);
        var slot = _count % window;
        if (_ring[slot] is { } dropped) Volatile.Write(ref _compactedTo, dropped.Object.Revision);
        Volatile.Write(ref _ring[slot], change);
        Volatile.Write(ref _count, _count + 1);
        return change;
    }

    internal void Publish(long revision)
    {
        _revision = revision;
        Volatile.Write(ref _snapshot, new(_revision, _sorted));
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}

/// <summary>A resource's live objects as of one revision. Immutable.</summary>
public sealed record ResourceSnapshot(long Revision, ImmutableSortedSet<StoredObject> Objects)
{
    /// <summary>The objects of one namespace in name order.</summary>
    public IReadOnlyList<StoredObject> InNamespace(string @namespace)
    {
        var found = new List<StoredObject>();
        for (var i = IndexAfter(@namespace, ""); i < Objects.Count && Objects[i].Key.Namespace == @namespace; i++) found.Add(Objects[i]);
        return found;
    }

    /// <summary>The index of the first object behind this place in (namespace, name) order.</summary>
    public int IndexAfter(string @namespace, string name)
    {
        var (low, high) = (0, Objects.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var key = Objects[middle].Key;
            var order = string.CompareOrdinal(key.Namespace, @namespace);
            if (order == 0) order = string.CompareOrdinal(key.Name, name);
            if (order <= 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

internal sealed class KeyOrder : IComparer<StoredObject>
{
    public static readonly KeyOrder Instance = new();

    public int Compare(StoredObject? x, StoredObject? y)
    {
        var order = string.CompareOrdinal(x!.Key.Namespace, y!.Key.Namespace);
        return order != 0 ? order : string.CompareOrdinal(x.Key.Name, y.Key.Name);
    }
}
