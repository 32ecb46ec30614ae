using System.Collections.Immutable;

namespace ControlPlane.Objects;

/// <summary>A resource's live objects as of one revision. Immutable.</summary>
public sealed record ResourceSnapshot(long Revision, ImmutableSortedSet<StoredObject> Objects)
{
    /// <summary>The objects of one namespace in name order.</summary>
    public IReadOnlyList<StoredObject> InNamespace(string @namespace)
    {
        var found = new List<StoredObject>();
        for (var i = IndexAfter(@namespace, ""); i < Objects.Count && Objects[i].Key.Namespace == @namespace; i++) found.Add(Objects[i]);
        return found;
    }

    /// <summary>The index of the first object behind this place in (namespace, name) order.</summary>
    public int IndexAfter(string @namespace, string name)
    {
        var (low, high) = (0, Objects.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var key = Objects[middle].Key;
            var order = string.CompareOrdinal(key.Namespace, @namespace);
            if (order == 0) order = string.CompareOrdinal(key.Name, name);
            if (order <= 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
