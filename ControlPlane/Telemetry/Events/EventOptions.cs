namespace ControlPlane.Telemetry.Events;

/// <summary>How Events are counted, written and kept.</summary>
public sealed record EventOptions
{
    /// <summary>Writes without an answer at a time: events take what others leave. Default 32.</summary>
    public int MaxInFlight { get; init; } = 32;

    /// <summary>Events the process remembers to count repeats; beyond, the ones not heard of for longest are forgotten. Default 16,384.</summary>
    public int MaxKnown { get; init; } = 16_384;

    /// <summary>A repeat is written at most this often. Default 10 s.</summary>
    public TimeSpan RepeatInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Different messages of one reason about one object before the next ones are combined. Default 10.</summary>
    public int MaxSimilar { get; init; } = 10;

    /// <summary>How long messages of one reason count as similar. Default 10 minutes.</summary>
    public TimeSpan SimilarWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a write may stay without an answer. Default 10 s.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an Event is kept after it last happened. Default 24 h.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Events kept in one namespace; beyond, the oldest go. Default 10,000.</summary>
    public int MaxPerNamespace { get; init; } = 10_000;

    /// <summary>How often old Events are looked for. Default one minute.</summary>
    public TimeSpan ExpiryInterval { get; init; } = TimeSpan.FromMinutes(1);
}
