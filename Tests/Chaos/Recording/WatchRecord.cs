namespace Tests.Chaos.Recording;

/// <summary>One line of a watch. A bookmark has a revision only.</summary>
/// <param name="At">A moment after it had come.</param>
internal readonly record struct WatchEvent(long At, string Type, ObjectSeen Object)
{
    public const string Added = "ADDED";
    public const string Modified = "MODIFIED";
    public const string Deleted = "DELETED";
    public const string Bookmark = "BOOKMARK";

    /// <summary>The bookmark behind the objects that a watch began with.</summary>
    public const string InitialEnd = "INITIAL-END";

    public bool IsMark => Type is Bookmark or InitialEnd;

    public override string ToString() => $"{Type} {(IsMark ? Object.Revision : Object)} at {Moment.Of(At)}";
}

internal enum WatchEnd
{
    /// <summary>The connection broke, or the server closed it.</summary>
    Cut,

    /// <summary>410 Gone: the server can't go on from there.</summary>
    Expired,
}

/// <summary>One watch of all objects from its opening to its end. The next one of the same watcher goes on where it ended, wherever that is served.</summary>
/// <param name="From">The revision after which it was to begin; null if it was to begin with the objects there are.</param>
/// <param name="Start">A moment before it was asked for.</param>
internal sealed record WatchRecord(int Watcher, string Member, long? From, long Start)
{
    /// <summary>When the answer began; 0 if it never did.</summary>
    public long Opened { get; init; }

    public IReadOnlyList<WatchEvent> Events { get; init; } = [];

    public WatchEnd Ended { get; init; }

    /// <summary>The revision up to which its watcher has seen everything; null if not even what it was to begin with.</summary>
    public long? Position
    {
        get
        {
            if (Events.Count == 0) return From;
            if (From is null && !Events.Any(line => line.Type == WatchEvent.InitialEnd)) return null;
            return Events[^1].Object.Revision;
        }
    }

    public override string ToString() => $"watcher {Watcher} at {Member} {(From is null ? "from the objects there were" : $"from {From}")}, {Moment.Of(Start)}";
}
