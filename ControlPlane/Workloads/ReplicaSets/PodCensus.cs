using System.Collections.Immutable;
using ControlPlane.Objects;

namespace ControlPlane.Workloads.ReplicaSets;

/// <summary>
/// The pods of a ReplicaSet, counted by their headers. Active pods are those that are not being deleted and have not ended.
/// </summary>
/// <param name="NextAvailable">When the next ready pod will have been ready for minReadySeconds; null if none is waiting.</param>
internal sealed record PodCensus(
    List<StoredObject> Active, int FullyLabeled, int Ready, int Available, int Terminating, DateTimeOffset? NextAvailable)
{
    public static PodCensus Take(List<StoredObject> pods, ReplicaSetState set, DateTimeOffset now)
    {
        var active = new List<StoredObject>(pods.Count);
        var (labeled, ready, available, terminating) = (0, 0, 0, 0);
        DateTimeOffset? next = null;
        foreach (var pod in pods)
        {
            var header = pod.Header;
            if (header.Phase is "Succeeded" or "Failed") continue;
            if (header.DeletionTimestamp is not null)
            {
                terminating++;
                continue;
            }
            active.Add(pod);
            if (HasAll(header.Labels, set.TemplateLabels)) labeled++;
            if (!header.Ready) continue;
            ready++;
            var from = (header.ReadySince ?? now).AddSeconds(set.MinReadySeconds);
            if (set.MinReadySeconds == 0 || from <= now) available++;
            else if (next is null || from < next) next = from;
        }
        return new(active, labeled, ready, available, terminating, next);
    }

    private static bool HasAll(IReadOnlyDictionary<string, string> labels, ImmutableSortedDictionary<string, string> wanted)
    {
        foreach (var (key, value) in wanted)
        {
            if (!labels.TryGetValue(key, out var found) || found != value) return false;
        }
        return true;
    }
}
