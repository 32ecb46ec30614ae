using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Journal;

/// <summary>Live objects by a text they name: an owner's uid, a node. Written under the cache's lock; a reader gets an immutable set.</summary>
internal sealed class ObjectIndex
{
    private readonly ConcurrentDictionary<string, ImmutableDictionary<ObjectKey, StoredObject>> _at = new(StringComparer.Ordinal);

    public IReadOnlyCollection<StoredObject> Get(string at) => _at.TryGetValue(at, out var found) ? new Found(found) : [];

    public void Put(string at, StoredObject added) => _at[at] = (_at.GetValueOrDefault(at) ?? ImmutableDictionary<ObjectKey, StoredObject>.Empty).SetItem(added.Key, added);

    public void Drop(string at, in ObjectKey key)
    {
        if (!_at.TryGetValue(at, out var old)) return;
        var rest = old.Remove(key);
        if (rest.IsEmpty) _at.TryRemove(at, out _);
        else _at[at] = rest;
    }

    private sealed class Found(ImmutableDictionary<ObjectKey, StoredObject> objects) : IReadOnlyCollection<StoredObject>
    {
        public int Count => objects.Count;

        public IEnumerator<StoredObject> GetEnumerator()
        {
            foreach (var (_, found) in objects) yield return found;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
