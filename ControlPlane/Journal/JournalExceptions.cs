namespace ControlPlane.Journal;

/// <summary>The write queue is full; nothing was stored. The caller may try again later (429).</summary>
public sealed class JournalBusyException(string message) : Exception(message);

/// <summary>
/// Another actor, here or in another process, wrote to the object first; nothing was stored. The actor recovers the winner's event and the
/// command may be tried again.
/// </summary>
public sealed class StaleWriteException(string message, Exception? cause = null) : Exception(message, cause);
