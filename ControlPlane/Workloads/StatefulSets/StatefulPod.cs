using System.Globalization;
using ControlPlane.Objects;
using ControlPlane.Workloads.ControllerRevisions;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>A pod of a StatefulSet, by its place in it.</summary>
/// <param name="AvailableAt">When it will have been ready for long enough; null: it is not ready.</param>
internal sealed record StatefulPod(StoredObject Stored, int Ordinal, DateTimeOffset? AvailableAt, DateTimeOffset Now)
{
    /// <summary>The label with the pod's own name, by which a Service can select just it.</summary>
    public const string NameLabel = "statefulset.kubernetes.io/pod-name";

    /// <summary>The label with the pod's ordinal.</summary>
    public const string IndexLabel = "apps.kubernetes.io/pod-index";

    // The first report of a pod that is not ready comes within this of its start.
    private static readonly TimeSpan FirstReport = TimeSpan.FromSeconds(1);

    public bool Terminating => Stored.Header.DeletionTimestamp is not null;
    public bool Ended => Stored.Header.Phase is "Succeeded" or "Failed";
    public bool Ready => Stored.Header is { Ready: true, Phase: "Running" };
    public bool Available => !Terminating && AvailableAt <= Now;
    public string Revision => Stored.Header.Labels.GetValueOrDefault(RevisionHistory.PodLabel, "");

    /// <summary>Whether it has its name and ordinal as labels.</summary>
    public bool HasIdentity => Stored.Header.Labels.GetValueOrDefault(NameLabel) == Stored.Key.Name && Stored.Header.Labels.ContainsKey(IndexLabel);

    /// <summary>Whether it has never been ready: its condition has not changed since it was started.</summary>
    public bool WasNeverReady
    {
        get
        {
            if (Stored.Header.Ready) return false;
            if (Stored.Header.ReadySince is not { } since) return true;
            return ObjectLimits.ParseElement(Stored.Json).Time("status", "startTime") is { } started && since - started <= FirstReport;
        }
    }

    public static StatefulPod Of(StoredObject pod, int ordinal, int minReadySeconds, DateTimeOffset now)
    {
        var header = pod.Header;
        DateTimeOffset? available = header is { Ready: true, Phase: "Running" } ? minReadySeconds == 0 ? now : (header.ReadySince ?? now).AddSeconds(minReadySeconds) : null;
        return new(pod, ordinal, available, now);
    }

    /// <summary>The name of the pod at an ordinal.</summary>
    public static string NameOf(string set, int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{set}-{ordinal}");

    /// <summary>The ordinal in a pod's name; null where it is none of the set's.</summary>
    public static int? OrdinalOf(string set, string pod) =>
        pod.Length > set.Length + 1 && pod.StartsWith(set, StringComparison.Ordinal) && pod[set.Length] == '-'
            && int.TryParse(pod.AsSpan(set.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) && NameOf(set, ordinal) == pod
            ? ordinal
            : null;
}
