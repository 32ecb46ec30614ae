using System.Collections.Immutable;

namespace ControlPlane.Telemetry.Usage;

/// <summary>What a container used.</summary>
/// <param name="Name">The container's name in its pod.</param>
/// <param name="CpuNanocores">Processor time per time, in 10^-9 processors: the mean over the sample's window.</param>
/// <param name="MemoryBytes">The working set at the end of the window.</param>
public sealed record ContainerUsage(string Name, long CpuNanocores, long MemoryBytes);

/// <summary>What the running containers of a pod used.</summary>
/// <param name="At">The end of the window.</param>
/// <param name="Window">Over which time the use of processors is the mean.</param>
public sealed record PodUsage(DateTimeOffset At, TimeSpan Window, ImmutableArray<ContainerUsage> Containers);

/// <summary>What pods used last, as far as this process has heard of it from their nodes.</summary>
public interface IUsage
{
    /// <summary>The newest sample of a pod; null where there is none, or none that is new enough to mean anything.</summary>
    PodUsage? OfPod(string uid);
}
