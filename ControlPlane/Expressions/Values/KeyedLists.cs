using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Values;

/// <summary>
/// Lists that a schema declares to be sets or maps of items. As Kubernetes documents them: order does not count when they compare, and
/// <c>+</c> merges: items the first list has stay where they are (of a map's, with what the second says), others come behind.
/// </summary>
internal static class KeyedLists
{
    public static bool Equal(CelList left, CelList right, CelType semantic)
    {
        var index = Index(right, semantic);
        for (var at = 0; at < left.Count; at++)
        {
            var item = left[at];
            if (!index.TryGetValue(new ItemKey(item, semantic), out var position) || !Equality.Equal(item, right[position])) return false;
        }
        return true;
    }

    public static CelList Merge(CelList left, CelList right, CelType semantic)
    {
        var merged = new List<CelValue>(left.Count + right.Count);
        for (var at = 0; at < left.Count; at++) merged.Add(left[at]);
        var index = Index(left, semantic);
        for (var at = 0; at < right.Count; at++)
        {
            var item = right[at];
            var key = new ItemKey(item, semantic);
            if (index.TryGetValue(key, out var position))
            {
                if (!semantic.IsSet()) merged[position] = item;
                continue;
            }
            index.Add(key, merged.Count);
            merged.Add(item);
        }
        return new ArrayList([.. merged], merged.Count, semantic);
    }

    private static Dictionary<ItemKey, int> Index(CelList list, CelType semantic)
    {
        var index = new Dictionary<ItemKey, int>(list.Count);
        for (var at = 0; at < list.Count; at++) index.TryAdd(new(list[at], semantic), at);
        return index;
    }

    /// <summary>What tells an item of a list from the others: of a set, itself; of a map, its keys.</summary>
    private readonly struct ItemKey : IEquatable<ItemKey>
    {
        private readonly CelValue[] _parts;

        public ItemKey(CelValue item, CelType semantic)
        {
            _parts = semantic.IsSet() ? [item] : [.. semantic.MapKeys().Select(name => Part(item, name))];
        }

        public bool Equals(ItemKey other)
        {
            for (var at = 0; at < _parts.Length; at++)
            {
                if (!Equality.Equal(_parts[at], other._parts[at])) return false;
            }
            return true;
        }

        public override bool Equals(object? obj) => obj is ItemKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (var part in _parts) hash.Add(KeyComparer.Instance.GetHashCode(part));
            return hash.ToHashCode();
        }

        private static CelValue Part(CelValue item, string name)
        {
            var key = FieldNames.Escape(name) ?? name;
            var found = Indexing.Select(item, item.Kind == CelKind.Struct ? key : name, CelValue.Of(name));
            return found.IsFault ? CelValue.Null : found;
        }
    }
}
