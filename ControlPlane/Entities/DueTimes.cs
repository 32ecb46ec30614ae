using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>
/// The objects that are due at a time, and how often each failed in a row. Times are timestamps of a monotonic clock. Holds one entry an object, however often its
/// time is changed. Not for several threads at once.
/// </summary>
/// <param name="frequency">Timestamps a second.</param>
internal sealed class DueTimes(long frequency)
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);
    private readonly Dictionary<ObjectKey, Entry> _entries = [];
    private readonly PriorityQueue<(ObjectKey Key, long Version), long> _order = new();
    private long _version;

    /// <summary>How many objects are due some time or have failed.</summary>
    public int Count => _entries.Count;

    /// <summary>How many times are kept, those that were replaced included.</summary>
    public int Queued => _order.Count;

    /// <summary>The earliest time, or null where nothing is due.</summary>
    public long? Next
    {
        get
        {
            while (_order.TryPeek(out var first, out var at))
            {
                if (IsCurrent(first)) return at;
                _order.Dequeue();
            }
            return null;
        }
    }

    /// <summary>The object succeeded; it is due again after this time, or not at all.</summary>
    public void Settle(in ObjectKey key, long now, TimeSpan? again)
    {
        if (again is { } after) Put(key, now, after, 0);
        else _entries.Remove(key);
    }

    /// <summary>The object failed: it is due after 0.1 s, then after twice as long each time, at most 30 s.</summary>
    public void Fail(in ObjectKey key, long now)
    {
        var failures = _entries.TryGetValue(key, out var known) ? known.Failures : 0;
        var backOff = TimeSpan.FromMilliseconds(Math.Min(LongestBackOff.TotalMilliseconds, FirstBackOff.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 10))));
        Put(key, now, backOff, failures + 1);
    }

    /// <summary>Whether the object failed and has not succeeded since.</summary>
    public bool HasFailed(in ObjectKey key) => _entries.TryGetValue(key, out var entry) && entry.Failures > 0;

    /// <summary>Takes what is due, at most once: an object that does not report back is found by the slow round.</summary>
    public void TakeDue(long now, Action<ObjectKey> take)
    {
        while (Next is { } at && at <= now)
        {
            var key = _order.Dequeue().Key;

            // Its failures are remembered until it settles.
            _entries[key] = _entries[key] with { Version = 0 };
            take(key);
        }
    }

    private void Put(in ObjectKey key, long now, TimeSpan after, int failures)
    {
        _entries[key] = new(++_version, failures);
        _order.Enqueue((key, _version), now + (long)((Int128)after.Ticks * frequency / TimeSpan.TicksPerSecond));

        // Times that were replaced lie in the queue until their turn; where they are most of it, it is made anew.
        if (_order.Count <= 64 + (2 * _entries.Count)) return;
        var current = _order.UnorderedItems.Where(item => IsCurrent(item.Element)).ToArray();
        _order.Clear();
        _order.EnqueueRange(current);
    }

    private bool IsCurrent((ObjectKey Key, long Version) item) => _entries.TryGetValue(item.Key, out var entry) && entry.Version == item.Version;

    private readonly record struct Entry(long Version, int Failures);
}
