using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Journal;

/// <summary>
/// The keys of live objects by a text they stand under: an owner's uid, a node, a label. Changed under the cache's lock, and only when an object moves from one text
/// to another; a reader gets an immutable set and from it the objects as they are now.
/// </summary>
/// <param name="resolve">The live object of a key.</param>
internal sealed class ObjectIndex(Func<ObjectKey, StoredObject?> resolve)
{
    private readonly ConcurrentDictionary<string, ImmutableHashSet<ObjectKey>> _at = new(StringComparer.Ordinal);

    public IReadOnlyCollection<StoredObject> Get(string at) => _at.TryGetValue(at, out var found) ? new Found(found, resolve) : [];

    public void Put(string at, in ObjectKey key) => _at[at] = (_at.GetValueOrDefault(at) ?? []).Add(key);

    public void Drop(string at, in ObjectKey key)
    {
        if (!_at.TryGetValue(at, out var old)) return;
        var rest = old.Remove(key);
        if (rest.IsEmpty) _at.TryRemove(at, out _);
        else _at[at] = rest;
    }

    /// <summary>Moves a key from the texts it stood under to those it stands under now: nowhere is it missing where it was and stays.</summary>
    public void Move(in ObjectKey key, IReadOnlyCollection<string> before, IReadOnlyCollection<string> now)
    {
        foreach (var at in now)
        {
            if (!before.Contains(at)) Put(at, key);
        }
        foreach (var at in before)
        {
            if (!now.Contains(at)) Drop(at, key);
        }
    }

    private sealed class Found(ImmutableHashSet<ObjectKey> keys, Func<ObjectKey, StoredObject?> resolve) : IReadOnlyCollection<StoredObject>
    {
        /// <summary>As of the moment of the reading; one that is just going may be among them.</summary>
        public int Count => keys.Count;

        public IEnumerator<StoredObject> GetEnumerator()
        {
            foreach (var key in keys)
            {
                if (resolve(key) is { } live) yield return live;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
