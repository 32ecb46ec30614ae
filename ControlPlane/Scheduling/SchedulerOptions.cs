namespace ControlPlane.Scheduling;

/// <summary>How the scheduler works.</summary>
public sealed record SchedulerOptions
{
    /// <summary>Pods with this schedulerName are its own.</summary>
    public string SchedulerName { get; init; } = "default-scheduler";

    /// <summary>Binds that may be unanswered at a time: enough to keep the journal's batches full, few enough to notice a stall.</summary>
    public int MaxBindsInFlight { get; init; } = 512;

    /// <summary>After this an unanswered bind counts as lost.</summary>
    public TimeSpan BindTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a placed pod's share of its node is kept for it while the volumes of its claims are made. After this it is placed anew, where its claims say: what was asked for
    /// and lost is asked for again.
    /// </summary>
    public TimeSpan VolumeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a pod waits after its first failure; doubled with each further one.</summary>
    public TimeSpan InitialBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such wait.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A pod that fits nowhere is tried again after this even if nothing happened that could help: a backstop.</summary>
    public TimeSpan UnschedulableRetry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The share of nodes to score in percent; 0 lets it shrink as the cluster grows.</summary>
    public int PercentageOfNodesToScore { get; init; }

    /// <summary>Pods placed before other messages get their turn.</summary>
    public int PodsPerStep { get; init; } = 32;

    /// <summary>Every fault of the options; empty if they are usable.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (SchedulerName.Length == 0) faults.Add("SchedulerName must not be empty.");
        if (MaxBindsInFlight < 1) faults.Add("MaxBindsInFlight must be at least 1.");
        if (BindTimeout <= TimeSpan.Zero) faults.Add("BindTimeout must be positive.");
        if (VolumeTimeout <= TimeSpan.Zero) faults.Add("VolumeTimeout must be positive.");
        if (InitialBackoff <= TimeSpan.Zero || MaxBackoff < InitialBackoff) faults.Add("InitialBackoff must be positive and not above MaxBackoff.");
        if (UnschedulableRetry <= TimeSpan.Zero) faults.Add("UnschedulableRetry must be positive.");
        if (PercentageOfNodesToScore is < 0 or > 100) faults.Add("PercentageOfNodesToScore must be 0..100.");
        if (PodsPerStep < 1) faults.Add("PodsPerStep must be at least 1.");
        return faults;
    }
}
