using System.Collections.Immutable;
using NodeActor.Networking;
using Shared.Api;
using Shared.Protocol;

namespace NodeActor.Agent;

/// <summary>What one answer changed: objects that are new or newer, and those that are gone, with the last version known of each.</summary>
/// <param name="Synced">Whether this completed a snapshot: then all that exists is known.</param>
public sealed record FollowedChanges(ImmutableArray<FollowedObject> Updated, ImmutableArray<FollowedObject> Gone, bool Synced)
{
    public static FollowedChanges None { get; } = new([], [], false);
}

/// <summary>
/// The objects a node follows and how far it has come. Takes answers in any order, repeated or late: one that does not belong to the pull under way
/// is passed over, and a version older than the known one never comes back, unless the cluster itself went back: a snapshot as of a later revision that holds an older version
/// is of a restored cluster, in which the known one never was.
/// </summary>
public sealed class ObjectFollower
{
    private readonly Dictionary<ObjectKey, FollowedObject> _objects = [];
    private HashSet<ObjectKey>? _named;
    private long _snapshot = -1;

    /// <summary>Everything committed up to here has been applied; 0: nothing yet, a snapshot is wanted.</summary>
    public long Position { get; private set; }

    /// <summary>What the last answer left open: where the next page of a snapshot begins, or the rest of what is told at one revision.</summary>
    public string Continue { get; private set; } = "";

    /// <summary>The revision to ask after; 0: for a snapshot, or its next page.</summary>
    public long After => _named is null ? Position : 0;

    public IReadOnlyDictionary<ObjectKey, FollowedObject> Objects => _objects;

    /// <summary>Wants everything anew; what is known stays until the snapshot is complete.</summary>
    public void Restart() => (Position, Continue, _named, _snapshot) = (0, "", null, -1);

    /// <summary>Applies an answer to the pull that was asked with this position and place.</summary>
    public FollowedChanges Apply(NodeChanges changes)
    {
        if (!changes.Snapshot)
        {
            if (Position == 0) return FollowedChanges.None;
            var applied = Take(changes.Items, asOf: 0);
            if (changes.To > Position) Position = changes.To;
            (Continue, _named, _snapshot) = (changes.Continue, null, -1);
            return applied;
        }
        if (changes.To != _snapshot) (_snapshot, _named) = (changes.To, []);
        foreach (var item in changes.Items) _named!.Add(item.Key);
        var taken = Take(changes.Items, asOf: changes.To);
        Continue = changes.Continue;
        if (changes.Continue.Length > 0) return taken;
        var unnamed = _objects.Values.Where(known => !_named!.Contains(known.Key)).ToImmutableArray();
        foreach (var gone in unnamed) _objects.Remove(gone.Key);
        Position = changes.To;
        (_named, _snapshot) = (null, -1);
        return taken with { Gone = taken.Gone.AddRange(unnamed), Synced = true };
    }

    private FollowedChanges Take(ImmutableArray<NodeChange> items, long asOf)
    {
        var updated = ImmutableArray.CreateBuilder<FollowedObject>();
        var gone = ImmutableArray.CreateBuilder<FollowedObject>();
        foreach (var item in items)
        {
            _objects.TryGetValue(item.Key, out var known);
            if (known is not null && (known.Revision == item.Revision || (known.Revision > item.Revision && known.Revision > asOf))) continue;
            var now = new FollowedObject(item.Key, item.Revision, item.Json);
            if (!item.Deleted)
            {
                _objects[item.Key] = now;
                updated.Add(now);
            }
            else if (known is not null)
            {
                _objects.Remove(item.Key);
                gone.Add(now);
            }
        }
        return new(updated.DrainToImmutable(), gone.DrainToImmutable(), false);
    }
}
