using Shared.Api;

namespace ControlPlane.Scheduling.Volumes;

/// <summary>Pods that are placed and wait for the volumes of their claims. Bounded by the live pods.</summary>
internal sealed class ReservedPods
{
    private readonly Dictionary<ObjectKey, (PodDemand Pod, DateTimeOffset Deadline)> _pods = [];
    private readonly Dictionary<ObjectKey, HashSet<ObjectKey>> _users = [];
    private readonly Queue<(ObjectKey Pod, DateTimeOffset Deadline)> _deadlines = new();
    private readonly HashSet<ObjectKey> _changed = [];

    /// <summary>Whether <see cref="TakeReady"/> has something.</summary>
    public bool AnyReady => _changed.Count > 0;

    /// <summary>When the first of them has waited too long.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            Discard();
            return _deadlines.TryPeek(out var first) ? first.Deadline : null;
        }
    }

    /// <summary>The pods that wait for a claim.</summary>
    public IEnumerable<ObjectKey> Users(in ObjectKey claim) => _users.GetValueOrDefault(claim) ?? Enumerable.Empty<ObjectKey>();

    public void Add(PodDemand pod, DateTimeOffset deadline)
    {
        Remove(pod.Key);
        _pods[pod.Key] = (pod, deadline);
        _deadlines.Enqueue((pod.Key, deadline));
        foreach (var claim in pod.Claims)
        {
            var key = StorageBook.KeyOf(pod, claim);
            if (!_users.TryGetValue(key, out var users)) _users[key] = users = [];
            users.Add(pod.Key);
        }
    }

    public void Remove(in ObjectKey key)
    {
        if (!_pods.Remove(key, out var entry)) return;
        _changed.Remove(key);
        foreach (var claim in entry.Pod.Claims)
        {
            var used = StorageBook.KeyOf(entry.Pod, claim);
            if (!_users.TryGetValue(used, out var users)) continue;
            users.Remove(key);
            if (users.Count == 0) _users.Remove(used);
        }
    }

    /// <summary>Who waits for the claim is worth a look.</summary>
    public void ClaimChanged(in ObjectKey claim) => _changed.UnionWith(Users(claim));

    /// <summary>The next pod one of whose claims has changed; null for none. It goes on waiting until it is removed.</summary>
    public ObjectKey? TakeReady()
    {
        if (_changed.Count == 0) return null;
        var first = _changed.First();
        _changed.Remove(first);
        return first;
    }

    /// <summary>The next pod that has waited too long; null for none.</summary>
    public ObjectKey? TakeExpired(DateTimeOffset now)
    {
        Discard();
        return _deadlines.TryPeek(out var first) && first.Deadline <= now ? _deadlines.Dequeue().Pod : null;
    }

    private void Discard()
    {
        while (_deadlines.TryPeek(out var first) && !(_pods.TryGetValue(first.Pod, out var entry) && entry.Deadline == first.Deadline)) _deadlines.Dequeue();
    }
}
