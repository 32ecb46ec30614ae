using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes.Streams;

/// <summary>What a node is told next.</summary>
/// <param name="To">Everything up to this revision is told.</param>
/// <param name="Continue">Not empty: of what is told at the next revision, the objects up to this place are told too.</param>
internal sealed record StreamRead(ImmutableArray<NodeChange> Items, long To, string Continue);

/// <summary>
/// What one agent has not confirmed yet: the newest change of every object it follows since the revision it last asked after. Bounded by the
/// number of those objects; a stream that grows past <see cref="MaxPending"/> is given up and the agent gets a snapshot.
/// <para>
/// An object that a pod begins to use is told with the pod, however old it is, and never after it: an agent that has everything up to a pod's revision has all
/// that the pod uses. So it keeps its turn when it changes before it was told, as one does that a pod waited for and that came to be; what is told then is its newest version, and that version is told again in its own turn.
/// </para>
/// </summary>
internal sealed class NodeStream(long from)
{
    /// <summary>Objects that may wait for one agent.</summary>
    public const int MaxPending = 20_000;

    private readonly Dictionary<ObjectKey, Pending> _pending = [];

    /// <summary>The agent has everything up to here; what came after is pending.</summary>
    public long From { get; private set; } = from;

    public bool IsOverfull => _pending.Count > MaxPending;

    /// <summary>Takes a change; it replaces an older one of the same object.</summary>
    public void Add(ObjectChange change)
    {
        var (now, at) = (change.Object, change.Object.Revision);
        if (at <= From) return;
        var known = _pending.GetValueOrDefault(now.Key);
        var turns = known?.Turns ?? [];
        if (change.Previous is null && FollowedResources.IsUsed(now.Key)) turns = turns.Add(at);
        var added = new Pending(turns.IsEmpty ? at : known?.First ?? at, at, now, change.Deleted, turns);
        // What was introduced may be newer than what the windows have come to.
        if (!turns.IsEmpty && known?.Object is { } newer && newer.Revision > at) added = added with { Object = newer, Deleted = known.Deleted };
        _pending[now.Key] = added;
    }

    /// <summary>A pod of this revision uses the object.</summary>
    public void Introduce(StoredObject used, long at) => Use(used.Key, used, at);

    /// <summary>Since this revision no pod of the node uses the object.</summary>
    public void Withdraw(ObjectKey key, long at) => Use(key, null, at);

    /// <summary>The agent has everything up to this revision, and of what is told at the next one everything up to a place.</summary>
    public void Confirm(long revision, StreamPlace? place = null)
    {
        if (revision < From) return;
        From = revision;
        foreach (var (key, pending) in _pending)
        {
            var upTo = pending.First <= revision ? revision
                : place is not null && StreamPlace.Of(pending.First, key).CompareTo(place) <= 0 ? place.Revision
                : 0;
            if (pending.Last <= upTo) _pending.Remove(key);
            else if (pending.First <= upTo)
            {
                var turns = pending.Turns.RemoveAll(turn => turn <= upTo);
                _pending[key] = pending with { First = turns.IsEmpty ? pending.Last : turns[0], Turns = turns };
            }
        }
    }

    /// <summary>
    /// The changes in their order, as many as fit; null if there are none up to <paramref name="complete"/>, the revision this process has seen all of.
    /// </summary>
    public StreamRead? Read(long complete)
    {
        var ready = _pending.Where(pending => pending.Value.First <= complete)
            .Select(pending => (Place: StreamPlace.Of(pending.Value.First, pending.Key), Pending: pending.Value, pending.Key))
            .ToArray();
        if (ready.Length == 0) return null;
        Array.Sort(ready, (one, other) => one.Place.CompareTo(other.Place));
        var items = ImmutableArray.CreateBuilder<NodeChange>();
        var (bytes, to) = (0, From);
        for (var i = 0; i < ready.Length; i++)
        {
            var told = ready[i].Pending.Change(ready[i].Key);
            var begins = i > 0 && ready[i].Place.Revision > ready[i - 1].Place.Revision;
            if (begins) to = ready[i - 1].Place.Revision;
            if (items.Count > 0 && bytes + told.Json.Length > NodeProtocol.MaxBatchBytes) return new(items.DrainToImmutable(), to, begins ? "" : ready[i - 1].Place.ToString());
            bytes += told.Json.Length;
            items.Add(told);
        }
        return new(items.DrainToImmutable(), complete, "");
    }

    private void Use(ObjectKey key, StoredObject? used, long at)
    {
        if (at <= From) return;
        var known = _pending.GetValueOrDefault(key);
        // The windows are read one by one: a later change of the object may have come before the pod's.
        _pending[key] = new(Math.Min(known?.First ?? at, at), Math.Max(known?.Last ?? at, at), used, false, (known?.Turns ?? []).Add(at));
    }

    /// <param name="First">The revision it is told at.</param>
    /// <param name="Last">The revision of the newest that is said by it.</param>
    /// <param name="Object">Null: the node follows it no more.</param>
    /// <param name="Turns">The revisions, in order, at which it came to be or its use began or ended: what is told behind them counts on it. If there are any, it keeps its turn.</param>
    private sealed record Pending(long First, long Last, StoredObject? Object, bool Deleted, ImmutableArray<long> Turns)
    {
        public NodeChange Change(ObjectKey key) => Object is null ? NodeChange.Withdrawn(key) : NodePlace.Told(Object, Deleted);
    }
}
