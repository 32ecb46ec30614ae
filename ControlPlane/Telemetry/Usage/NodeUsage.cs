namespace ControlPlane.Telemetry.Usage;

/// <summary>What a whole node used, its pods and everything else on it.</summary>
/// <param name="At">The end of the window.</param>
/// <param name="Window">Over which time the use of processors is the mean.</param>
/// <param name="CpuNanocores">Processor time per time, in 10^-9 processors.</param>
/// <param name="MemoryBytes">The working set at the end of the window.</param>
public sealed record NodeUsage(DateTimeOffset At, TimeSpan Window, long CpuNanocores, long MemoryBytes);
