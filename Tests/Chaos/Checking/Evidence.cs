using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>A run's history beside the journal's truth, indexed for the rules.</summary>
internal sealed class Evidence
{
    private static readonly ObjectStory Never = new("");
    private readonly Dictionary<string, ObjectStory> _stories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Operation> _writers;
    private readonly long[] _earliest;

    public Evidence(RunHistory history, JournalExtract journal)
    {
        (History, Journal) = (history, journal);
        _writers = history.Operations.ToDictionary(operation => operation.Writer, StringComparer.Ordinal);
        _earliest = new long[Math.Max(0, journal.Last - journal.Before) + 1];
        Array.Fill(_earliest, long.MinValue);
        foreach (var version in journal.Events)
        {
            if (version.Object is not { } seen) continue;

            // Of what was never there nobody is told.
            if (version is { IsWithdrawal: true, Deleted: true } && StoryOf(seen.Name).At(version.Revision) is null) continue;
            if (Place(version.Revision) is { } place && WriterOf(version) is { } writer) _earliest[place] = writer.Start;
            Scope.Add(version);
            if (!_stories.TryGetValue(seen.Name, out var story)) _stories[seen.Name] = story = new(seen.Name);
            story.Add(version);
        }
        // What was committed later was not committed before: the moments only grow.
        for (var i = 1; i < _earliest.Length; i++) _earliest[i] = Math.Max(_earliest[i], _earliest[i - 1]);
    }

    public RunHistory History { get; }

    public JournalExtract Journal { get; }

    /// <summary>The events of the clients' objects.</summary>
    public List<StoredVersion> Scope { get; } = [];

    public IReadOnlyCollection<ObjectStory> Stories => _stories.Values;

    public ObjectStory StoryOf(string name) => _stories.GetValueOrDefault(name, Never);

    /// <summary>The operation that made an event; null if none of the run's did.</summary>
    public Operation? WriterOf(StoredVersion version) => _writers.GetValueOrDefault(version.Writer);

    /// <summary>A moment before which the event of this revision surely was not committed: that when it, or one of a lower revision, was asked for.</summary>
    public long Earliest(long revision) => revision <= Journal.Before ? long.MinValue : revision > Journal.Last ? long.MaxValue : _earliest[revision - Journal.Before];

    /// <summary>The highest revision that may have been committed by this moment.</summary>
    public long LatestBy(long moment)
    {
        var (low, high) = (0, _earliest.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_earliest[middle] <= moment) low = middle + 1;
            else high = middle;
        }
        return Journal.Before + low - 1;
    }

    /// <summary>Index into <see cref="Scope"/> of the first event after this revision.</summary>
    public int After(long revision)
    {
        var (low, high) = (0, Scope.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Scope[middle].Revision <= revision) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private long? Place(long revision) => revision > Journal.Before && revision <= Journal.Last ? revision - Journal.Before : null;
}
