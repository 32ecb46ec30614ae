namespace ControlPlane.Journal.Backups;

/// <summary>What a backup says of the journal it was taken of.</summary>
/// <param name="Taken">When, by the clock of the machine.</param>
/// <param name="WhileRunning">Whether control planes worked on the journal: then it may have been written after.</param>
/// <param name="Head">The highest revision.</param>
/// <param name="Floor">The revision up to which superseded events may be missing.</param>
public sealed record BackupHeader(DateTimeOffset Taken, bool WhileRunning, long Head, long Floor);

/// <summary>A file of keys in a backup.</summary>
/// <param name="Path">Its place in a data folder; one of <see cref="BackupFormat.KeyFiles"/>.</param>
public sealed record BackupKeyFile(string Path, string Text);

/// <summary>A file is no backup that can be restored: damaged, cut off, of a newer version or something else. The message is for the user.</summary>
public sealed class BackupUnreadableException(string message, Exception? cause = null) : Exception(message, cause);
