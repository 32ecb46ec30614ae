namespace Tests.Chaos.Checking;

/// <summary>Revisions follow each other without holes, and so do the numbers of each object's events.</summary>
internal static class RevisionRule
{
    public const string Hole = "revisions without holes";
    public const string Numbers = "events numbered";

    public static IEnumerable<Violation> Check(JournalExtract journal)
    {
        var (expected, numbers) = (journal.Before + 1, new Dictionary<string, long>(StringComparer.Ordinal));
        foreach (var version in journal.Events)
        {
            if (version.Revision != expected) yield return new(Hole, $"after {expected - 1} comes {version}");
            expected = version.Revision + 1;
            if (numbers.TryGetValue(version.Id, out var last) && version.Sequence != last + 1)
            {
                yield return new(Numbers, $"event {last} of {version.Id} is followed by event {version.Sequence}, {version}");
            }
            numbers[version.Id] = version.Sequence;
        }
    }
}
