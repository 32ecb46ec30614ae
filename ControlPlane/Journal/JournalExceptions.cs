using System.Data.Common;

namespace ControlPlane.Journal;

/// <summary>The write queue is full; nothing was stored. The caller may try again later (429).</summary>
public sealed class JournalBusyException(string message) : Exception(message);

/// <summary>
/// Another actor, here or in another process, wrote to the object first; nothing was stored. The actor recovers the winner's event and the
/// command may be tried again.
/// </summary>
public sealed class StaleWriteException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>
/// The database lacks commits that this process has seen: another server took over without them, or an older state was restored under running control planes.
/// Nothing may be written there, since their revisions would be given out a second time.
/// </summary>
public sealed class JournalRewoundException(long head, long seen) : DbException(
    $"the database ends at revision {head}, but {seen} was seen: bring back the server that has them all; or, to go on without them, stop all control planes and start them again");

/// <summary>A database that was to be filled holds something already; nothing was changed. The message says what.</summary>
public sealed class JournalNotEmptyException(string message) : Exception(message);
