using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>
/// Compares what the clients of a run did and saw with what the journal holds in the end. Pure: the same history always has the same violations. Its rules assume
/// that each operation has its number as field manager, and that what clients saw was all of one resource in one namespace.
/// </summary>
internal static class HistoryChecker
{
    /// <summary>Everything that must not have happened; empty for a good run.</summary>
    public static IReadOnlyList<Violation> Check(RunHistory history, JournalExtract journal)
    {
        var evidence = new Evidence(history, journal);
        return
        [
            .. RevisionRule.Check(journal),
            .. WriteRule.Check(evidence),
            .. ShownRule.Check(evidence),
            .. OrderRule.Check(evidence),
            .. WatchRule.Check(evidence),
        ];
    }
}
