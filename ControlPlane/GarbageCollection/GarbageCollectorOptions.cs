namespace ControlPlane.GarbageCollection;

/// <summary>How hard the collector works.</summary>
public sealed record GarbageCollectorOptions
{
    /// <summary>Commands without an answer at a time: enough to empty a namespace quickly, too few to crowd out users. Default 64.</summary>
    public int MaxInFlight { get; init; } = 64;

    /// <summary>Objects that may wait to be examined; beyond, the next sweep finds them. Default 100,000.</summary>
    public int QueueCapacity { get; init; } = 100_000;

    /// <summary>How often every object with an owner is looked at, for what a lost message left behind. Default one minute.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a command may stay without an answer before its object is examined anew. Default 10 s.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to leave an object alone that refused a command. Default 1 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to leave an object alone that had changed when it was to be deleted. Default 50 ms.</summary>
    public TimeSpan ConflictDelay { get; init; } = TimeSpan.FromMilliseconds(50);
}
