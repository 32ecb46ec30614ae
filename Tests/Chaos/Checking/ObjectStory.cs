using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>All versions of one object in the order of revisions. Between them it stays as it is: a version covers the positions from its revision up to the next.</summary>
internal sealed class ObjectStory(string name)
{
    private readonly List<StoredVersion> _versions = [];

    public string Name => name;

    public IReadOnlyList<StoredVersion> Versions => _versions;

    public void Add(StoredVersion version) => _versions.Add(version);

    /// <summary>The object at a position; null where there is none.</summary>
    public ObjectSeen? At(long position) => IndexAt(position) is var index && index >= 0 && !_versions[index].Deleted ? _versions[index].Object : null;

    /// <summary>The version with this very revision, or null.</summary>
    public StoredVersion? Exactly(long revision) => IndexAt(revision) is var index && index >= 0 && _versions[index].Revision == revision ? _versions[index] : null;

    /// <summary>The last position at which the object still is what it is at this one.</summary>
    public long Until(long position) => IndexAt(position) + 1 is var next && next < _versions.Count ? _versions[next].Revision - 1 : long.MaxValue;

    /// <summary>The first position from here on at which the object is as asked; null if there is none.</summary>
    public long? First(long from, Func<ObjectSeen?, bool> asked)
    {
        for (var position = from; ; position = Until(position) + 1)
        {
            if (asked(At(position))) return position;
            if (Until(position) == long.MaxValue) return null;
        }
    }

    // The last version not after the position; -1 before the first.
    private int IndexAt(long position)
    {
        var (low, high) = (0, _versions.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_versions[middle].Revision <= position) low = middle + 1;
            else high = middle;
        }
        return low - 1;
    }
}
