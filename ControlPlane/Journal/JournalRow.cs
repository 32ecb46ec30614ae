using ControlPlane.Objects;

namespace ControlPlane.Journal;

/// <summary>An event as the journal's table stores it. Lives until it is committed and pushed; the cache keeps <paramref name="Event"/> only.</summary>
public sealed record JournalRow(
    string PersistenceId, long SequenceNr, long Created, string Manifest, int SerializerId, string Tags, byte[] Message, ObjectStored Event)
{
    /// <summary>The key the message is encrypted with, which the database must not have dropped meanwhile; 0: none it watches over.</summary>
    public int Key { get; init; }
}

/// <summary>A row of the journal's table as it lies there, whether or not anybody can read its event.</summary>
public sealed record TableRow(
    long Revision, long Created, bool Deleted, string PersistenceId, long SequenceNr, byte[] Message, string? Manifest, int? SerializerId, string? Tags);

/// <summary>The rows one process committed together, in order; the first has revision <paramref name="From"/> and none is missing.</summary>
public sealed record CommittedRows(long From, IReadOnlyList<JournalRow> Rows);

/// <summary>Makes the event of a row again.</summary>
public delegate ObjectStored ReadEvent(byte[] message, int serializerId, string manifest);
