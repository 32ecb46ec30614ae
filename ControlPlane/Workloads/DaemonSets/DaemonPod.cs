using ControlPlane.Objects;
using ControlPlane.Scheduling;
using ControlPlane.Workloads.ControllerRevisions;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>A pod of a DaemonSet.</summary>
/// <param name="Node">The node it is on, or is made for.</param>
/// <param name="AvailableAt">When it will have been ready for long enough; null: it is not ready.</param>
internal sealed record DaemonPod(StoredObject Stored, string Node, DateTimeOffset? AvailableAt, DateTimeOffset Now)
{
    public bool Bound => Stored.Header.NodeName.Length > 0;
    public bool Terminating => Stored.Header.DeletionTimestamp is not null;
    public bool Ended => Stored.Header.Phase is "Succeeded" or "Failed";
    public bool Ready => AvailableAt is not null;
    public bool Available => !Terminating && AvailableAt <= Now;

    /// <summary>The hash of the ControllerRevision it was made of.</summary>
    public string Hash => Stored.Header.Labels.GetValueOrDefault(RevisionHistory.PodLabel, "");

    public static DaemonPod Of(StoredObject pod, int minReadySeconds, DateTimeOffset now)
    {
        var header = pod.Header;
        DateTimeOffset? available = header.Ready ? minReadySeconds == 0 ? now : (header.ReadySince ?? now).AddSeconds(minReadySeconds) : null;
        var node = header.NodeName.Length > 0 ? header.NodeName : PodDemandReader.Affinity(ObjectLimits.ParseElement(pod.Json).At("spec")).PinnedTo;
        return new(pod, node, available, now);
    }
}
