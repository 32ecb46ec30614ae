using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>One event of the journal.</summary>
/// <param name="Id">The object's persistence id.</param>
/// <param name="Sequence">Its place among those of its object.</param>
/// <param name="Writer">The field manager: of a client's write <see cref="Operation.Writer"/>.</param>
/// <param name="Object">What was stored, or, if it was deleted, the last of it; null for objects that no client deals with.</param>
internal sealed record StoredVersion(long Revision, string Id, long Sequence, bool Deleted, string Writer, ObjectSeen? Object)
{
    /// <summary>The cluster stored what was there once more, to make sure that nothing comes of a command whose copies may still be on their way.</summary>
    public bool IsWithdrawal => Writer == "command-withdrawal";

    public override string ToString() => $"{Object?.ToString() ?? $"{Id}@{Revision}"}{(Deleted ? " deleted" : "")} by {Writer}";
}

/// <summary>What the journal holds of a run: the truth.</summary>
/// <param name="Before">The revision before its first event. The clients' objects did not exist then.</param>
/// <param name="Events">Every event of the cluster since, in the order of revisions.</param>
internal sealed record JournalExtract(long Before, IReadOnlyList<StoredVersion> Events)
{
    /// <summary>Objects among the clients' that the cluster itself makes.</summary>
    public IReadOnlySet<string> Foreign { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    public long Last => Events.Count == 0 ? Before : Events[^1].Revision;
}

/// <summary>Something that must never happen, in words that name who did and saw what.</summary>
/// <param name="Rule">The rule that was broken: a short constant text.</param>
internal sealed record Violation(string Rule, string What)
{
    public override string ToString() => $"{Rule}: {What}";
}
