using Shared.Api;

namespace ControlPlane.GarbageCollection;

/// <summary>
/// The keys that wait to be examined, each once. Bounded: what does not fit is forgotten, and <see cref="TakeOverflowed"/> says that all must be
/// looked through. Filled by the feed's thread, emptied by the collector's.
/// </summary>
internal sealed class ExaminationQueue(int capacity)
{
    private readonly Lock _gate = new();
    private readonly HashSet<ObjectKey> _known = [];
    private readonly Queue<ObjectKey> _order = new();
    private bool _overflowed;

    public int Count
    {
        get
        {
            lock (_gate) return _order.Count;
        }
    }

    /// <returns>Whether the queue was empty before: its reader must be woken.</returns>
    public bool Add(IEnumerable<ObjectKey> keys)
    {
        lock (_gate)
        {
            var wasEmpty = _order.Count == 0;
            foreach (var key in keys)
            {
                if (_order.Count >= capacity) _overflowed = true;
                else if (_known.Add(key)) _order.Enqueue(key);
            }
            return wasEmpty && (_order.Count > 0 || _overflowed);
        }
    }

    public bool TryTake(out ObjectKey key)
    {
        lock (_gate)
        {
            if (!_order.TryDequeue(out key)) return false;
            _known.Remove(key);
            return true;
        }
    }

    /// <summary>Whether keys were forgotten since the last call.</summary>
    public bool TakeOverflowed()
    {
        lock (_gate)
        {
            var overflowed = _overflowed;
            _overflowed = false;
            return overflowed;
        }
    }
}
