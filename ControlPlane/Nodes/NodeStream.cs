using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>
/// What one agent has not confirmed yet: the newest change of every object it follows since the revision it last asked after. Bounded by the
/// number of those objects; a stream that grows past <see cref="MaxPending"/> is given up and the agent gets a snapshot.
/// </summary>
internal sealed class NodeStream(long from)
{
    /// <summary>Objects that may wait for one agent.</summary>
    public const int MaxPending = 20_000;

    private readonly Dictionary<ObjectKey, ObjectChange> _pending = [];

    /// <summary>The agent has everything up to here; what came after is pending.</summary>
    public long From { get; private set; } = from;

    public bool IsOverfull => _pending.Count > MaxPending;

    /// <summary>Takes a change; it replaces an older one of the same object.</summary>
    public void Add(ObjectChange change)
    {
        if (change.Object.Revision > From) _pending[change.Object.Key] = change;
    }

    /// <summary>The agent has everything up to this revision.</summary>
    public void Confirm(long revision)
    {
        if (revision <= From) return;
        From = revision;
        foreach (var (key, change) in _pending)
        {
            if (change.Object.Revision <= revision) _pending.Remove(key);
        }
    }

    /// <summary>
    /// The changes in revision order, as many as fit, and the revision they are complete up to; null if there are none up to
    /// <paramref name="complete"/>, the revision this process has seen all of.
    /// </summary>
    public (ImmutableArray<NodeChange> Items, long To)? Read(long complete)
    {
        var ready = _pending.Values.Where(change => change.Object.Revision <= complete).OrderBy(change => change.Object.Revision).ToArray();
        if (ready.Length == 0) return null;
        var items = ImmutableArray.CreateBuilder<NodeChange>();
        var bytes = 0;
        foreach (var change in ready)
        {
            var told = NodePlace.Told(change.Object, change.Deleted);
            if (items.Count > 0 && bytes + told.Json.Length > NodeProtocol.MaxBatchBytes)
            {
                var to = items[^1].Revision;
                return (items.DrainToImmutable(), to);
            }
            bytes += told.Json.Length;
            items.Add(told);
        }
        return (items.DrainToImmutable(), complete);
    }
}
