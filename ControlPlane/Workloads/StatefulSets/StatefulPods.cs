using System.Collections.Immutable;
using ControlPlane.Objects;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>The pods of a StatefulSet by their places.</summary>
/// <param name="Places">Those of the ordinals the set has, lowest first; null where there is none.</param>
/// <param name="Surplus">Those of other ordinals, highest first: they go.</param>
internal sealed record StatefulPods(StatefulPod?[] Places, ImmutableArray<StatefulPod> Surplus)
{
    public IEnumerable<StatefulPod> All => Places.OfType<StatefulPod>().Concat(Surplus);

    /// <summary>How many places have no available pod.</summary>
    public int Unavailable => Places.Count(pod => pod is not { Available: true });

    /// <summary>When the next ready pod will have been ready for minReadySeconds; null if none is waiting.</summary>
    public DateTimeOffset? NextAvailable => All.Where(pod => pod.AvailableAt > pod.Now).Min(pod => pod.AvailableAt);

    public static StatefulPods Take(StatefulSetState set, IEnumerable<StoredObject> owned, DateTimeOffset now)
    {
        var places = new StatefulPod?[set.Replicas];
        var surplus = new List<StatefulPod>();
        foreach (var found in owned)
        {
            if (StatefulPod.OrdinalOf(set.Name, found.Key.Name) is not { } ordinal) continue;
            var pod = StatefulPod.Of(found, ordinal, set.MinReadySeconds, now);
            var place = (long)ordinal - set.Start;
            if (place >= 0 && place < places.Length) places[place] = pod;
            else surplus.Add(pod);
        }
        return new(places, [.. surplus.OrderByDescending(pod => pod.Ordinal)]);
    }
}
