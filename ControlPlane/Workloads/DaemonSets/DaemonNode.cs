using System.Collections.Immutable;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>A node, and what of a DaemonSet is there.</summary>
/// <param name="Wanted">Whether a pod is to be there.</param>
/// <param name="Kept">Whether one that is there may stay.</param>
/// <param name="Pods">Those that serve first, then the oldest; those that are being deleted too.</param>
/// <param name="Hash">That of the set's template.</param>
internal sealed record DaemonNode(string Name, bool Wanted, bool Kept, ImmutableArray<DaemonPod> Pods, string Hash)
{
    /// <summary>The best pod of the set's template that lives.</summary>
    public DaemonPod? New => Pods.FirstOrDefault(pod => pod is { Terminating: false, Ended: false } && pod.Hash == Hash);

    /// <summary>The best pod of another template that lives.</summary>
    public DaemonPod? Old => Pods.FirstOrDefault(pod => pod is { Terminating: false, Ended: false } && pod.Hash != Hash);

    /// <summary>Whether a pod serves here.</summary>
    public bool Available => Pods.Any(pod => pod.Available);
}
