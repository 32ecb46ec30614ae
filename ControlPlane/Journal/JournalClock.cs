namespace ControlPlane.Journal;

/// <summary>How far the cache has come, shared with its feeds. Written under the cache's lock, read by anyone.</summary>
internal sealed class JournalClock
{
    private long _revision;
    private long _oldest;

    /// <summary>Every revision up to this one is visible.</summary>
    public long Revision
    {
        get => Volatile.Read(ref _revision);
        set => Volatile.Write(ref _revision, value);
    }

    /// <summary>Changes up to this revision were loaded as state, not as changes: no watch can start before it.</summary>
    public long Oldest
    {
        get => Volatile.Read(ref _oldest);
        set => Volatile.Write(ref _oldest, value);
    }
}
