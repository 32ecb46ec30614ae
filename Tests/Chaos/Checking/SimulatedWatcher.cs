using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>A watcher of a <see cref="SimulatedCluster"/>: it is told some events, is cut, and goes on where it was.</summary>
internal sealed class SimulatedWatcher(int number)
{
    private readonly List<WatchRecord> _ended = [];
    private readonly List<WatchEvent> _lines = [];
    private readonly HashSet<string> _live = new(StringComparer.Ordinal);
    private WatchRecord? _open;
    private long _position;

    /// <summary>One of the things that may happen to it.</summary>
    public void Do(Random random, IReadOnlyList<StoredVersion> journal, long revision, long now)
    {
        if (_open is null) Open(random.Next(4) == 0, journal, revision, now);
        else if (random.Next(6) == 0) Close(random.Next(8) == 0 ? WatchEnd.Expired : WatchEnd.Cut);
        else Tell(journal, revision, now, random.Next(1, 5));
    }

    /// <summary>It is told the next events, and perhaps how far that is.</summary>
    public void Tell(IReadOnlyList<StoredVersion> journal, long revision, long now, int most)
    {
        if (_open is null) Open(false, journal, revision, now);
        var due = journal.Where(version => version.Revision > _position && version.Object is not null).Take(most).ToArray();
        foreach (var version in due)
        {
            var seen = version.Object!;
            _lines.Add(new(now, version.Deleted ? WatchEvent.Deleted : _live.Contains(seen.Name) ? WatchEvent.Modified : WatchEvent.Added, seen));
            Follow(version);
        }
        if (due.Length < most) Mark(WatchEvent.Bookmark, revision, now);
    }

    /// <summary>Every watch it had.</summary>
    public IEnumerable<WatchRecord> All()
    {
        if (_open is not null) Close(WatchEnd.Cut);
        return _ended;
    }

    private void Open(bool anew, IReadOnlyList<StoredVersion> journal, long revision, long now)
    {
        anew |= _position == 0 || (_ended.Count > 0 && _ended[^1].Ended == WatchEnd.Expired);
        _open = new(number, $"m{number}", anew ? null : _position, now);
        if (!anew) return;
        _live.Clear();
        var live = new SortedDictionary<string, ObjectSeen>(StringComparer.Ordinal);
        foreach (var version in journal)
        {
            if (version.Object is not { } seen) continue;
            if (version.Deleted) live.Remove(seen.Name);
            else live[seen.Name] = seen;
        }
        foreach (var seen in live.Values)
        {
            _live.Add(seen.Name);
            _lines.Add(new(now, WatchEvent.Added, seen));
        }
        Mark(WatchEvent.InitialEnd, revision, now);
    }

    private void Close(WatchEnd end)
    {
        _ended.Add(_open! with { Events = [.. _lines], Ended = end });
        _lines.Clear();
        _open = null;
    }

    private void Follow(StoredVersion version)
    {
        _position = version.Revision;
        if (version.Deleted) _live.Remove(version.Object!.Name);
        else _live.Add(version.Object!.Name);
    }

    private void Mark(string type, long revision, long now)
    {
        _position = revision;
        _lines.Add(new(now, type, new("", revision, "", Content.Empty)));
    }
}
