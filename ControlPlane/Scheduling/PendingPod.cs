namespace ControlPlane.Scheduling;

/// <summary>Where a pending pod is.</summary>
public enum PendingStage
{
    /// <summary>Waits for its turn.</summary>
    Active,

    /// <summary>Waits until it may be tried again.</summary>
    Backoff,

    /// <summary>Fits on no node: waits until something happens that could help.</summary>
    Unschedulable,

    /// <summary>Taken from the queue, or removed.</summary>
    Taken,
}

/// <summary>A pod in the <see cref="SchedulingQueue"/>, which alone changes it.</summary>
public sealed class PendingPod(PodDemand demand)
{
    public PodDemand Demand { get; internal set; } = demand;
    public PendingStage Stage { get; internal set; } = PendingStage.Taken;

    /// <summary>How often it was taken to be placed.</summary>
    public int Attempts { get; internal set; }

    /// <summary>When it was taken last.</summary>
    public DateTimeOffset LastAttempt { get; internal set; }

    /// <summary>Distinguishes a timed entry that still holds from one that was overtaken.</summary>
    internal int Ticket { get; set; }

    /// <summary>The node it was woken for; null for none.</summary>
    internal string? PromisedNode { get; set; }

    /// <summary>The nodes that had improved when it was woken: no other can admit it.</summary>
    internal NodeInfo[]? Candidates { get; set; }

    /// <summary>The class of parked pods that waits for how this one fares; null for none.</summary>
    internal string? TriedFor { get; set; }
}
