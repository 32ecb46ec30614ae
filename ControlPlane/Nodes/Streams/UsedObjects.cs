using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Nodes.Streams;

/// <summary>What a pod's change did to what its node's pods use.</summary>
/// <param name="Begun">Nothing on the node used these before.</param>
/// <param name="Ended">Nothing on the node uses these any more.</param>
internal sealed record UseChange(ImmutableArray<ObjectKey> Begun, ImmutableArray<ObjectKey> Ended)
{
    public static UseChange None { get; } = new([], []);
}

/// <summary>
/// The ConfigMaps, Secrets and claims that the pods bound to one node use, and by how many of them: what the node may have, and nothing else (the rule of Kubernetes'
/// node authoriser). In step with the changes of its pods.
/// </summary>
internal sealed class UsedObjects
{
    private readonly Dictionary<ObjectKey, Pod> _pods = [];
    private readonly Dictionary<ObjectKey, int> _users = [];

    /// <param name="pods">The node's pods as they were before the changes that are to be taken.</param>
    public UsedObjects(IEnumerable<StoredObject> pods)
    {
        foreach (var pod in pods) Set(pod, Of(pod));
    }

    public IReadOnlyCollection<ObjectKey> Keys => _users.Keys;

    public bool Contains(ObjectKey key) => _users.ContainsKey(key);

    /// <summary>Takes a change of a pod bound to the node. One that is not newer than what is known of the pod changes nothing.</summary>
    public UseChange Take(ObjectChange change)
    {
        var now = change.Object;
        _pods.TryGetValue(now.Key, out var known);
        if (known is not null && known.Revision >= now.Revision) return UseChange.None;
        if (known is not null && !change.Deleted && known.IsSameSpec(now))
        {
            _pods[now.Key] = known with { Revision = now.Revision };
            return UseChange.None;
        }
        var before = known?.Uses ?? [];
        ImmutableArray<ObjectKey> after = change.Deleted ? [] : Of(now);
        ImmutableArray<ObjectKey> begun = [.. after.Where(key => !Contains(key))];
        foreach (var key in before) Count(key, -1);
        if (change.Deleted) _pods.Remove(now.Key);
        else Set(now, after);
        return new(begun, [.. before.Where(key => !Contains(key))]);
    }

    /// <summary>What a version of a pod uses.</summary>
    public static ImmutableArray<ObjectKey> Of(StoredObject pod) => PodReferences.Of(pod.ToJsonObject()).All;

    private void Set(StoredObject pod, ImmutableArray<ObjectKey> uses)
    {
        _pods[pod.Key] = new(pod.Uid, pod.Revision, pod.Header.Generation, uses);
        foreach (var key in uses) Count(key, 1);
    }

    private void Count(ObjectKey key, int by)
    {
        var users = _users.GetValueOrDefault(key) + by;
        if (users == 0) _users.Remove(key);
        else _users[key] = users;
    }

    private sealed record Pod(string Uid, long Revision, long Generation, ImmutableArray<ObjectKey> Uses)
    {
        /// <summary>Every change of a spec raises the generation. 0: it is not known.</summary>
        public bool IsSameSpec(StoredObject now) => Generation > 0 && now.Header.Generation == Generation && now.Uid == Uid;
    }
}
