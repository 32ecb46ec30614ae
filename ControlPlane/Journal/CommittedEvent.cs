using ControlPlane.Objects;

namespace ControlPlane.Journal;

/// <summary>One committed event with its place in the journal.</summary>
/// <param name="PersistenceId">The actor's id: <see cref="Shared.Api.ObjectKey.PersistenceId"/>.</param>
/// <param name="SequenceNr">The event's number among those of its actor.</param>
/// <param name="Created">When it was written, in UTC ticks.</param>
public sealed record CommittedEvent(string PersistenceId, long SequenceNr, long Created, ObjectStored Event)
{
    public long Revision => Event.Revision;
}

/// <summary>All that was committed in the revisions From..To and has not been compacted away, in order.</summary>
public sealed record CommittedBatch(long From, long To, IReadOnlyList<CommittedEvent> Events)
{
    /// <summary>The places of events among them that can't be read: <see cref="NewestEvent.Fault"/> says why.</summary>
    public IReadOnlyList<(string PersistenceId, NewestEvent Place)> Unreadable { get; init; } = [];
}

/// <summary>What the cache keeps of the last event of a persistence id. Of a tombstone it is only its place: there is nothing to recover.</summary>
/// <param name="Event">The event; null for a tombstone and for an event that can't be read.</param>
/// <param name="Fault">Why the event can't be read; null if it can.</param>
public readonly record struct NewestEvent(long SequenceNr, long Revision, long Created, ObjectStored? Event, string? Fault = null)
{
    /// <summary>Whether the object is gone and only its number must go on.</summary>
    public bool IsTombstone => Event is null && Fault is null;
}

/// <summary>
/// The live objects as of one revision and the places of the tombstones and of unreadable events below it, read from the journal in one snapshot.
/// </summary>
public sealed record JournalBaseline(long Revision, IReadOnlyList<CommittedEvent> Live, IReadOnlyList<(string PersistenceId, NewestEvent Place)> Gone);
