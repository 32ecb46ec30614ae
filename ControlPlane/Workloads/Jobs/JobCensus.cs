using System.Collections.Immutable;
using ControlPlane.Objects;

namespace ControlPlane.Workloads.Jobs;

/// <summary>The pods of a Job, in name order, and what they are at the moment.</summary>
/// <param name="Active">Neither ended nor being deleted.</param>
/// <param name="Ready">Active ones that are ready.</param>
/// <param name="Terminating">Being deleted and not ended.</param>
internal sealed record JobCensus(ImmutableArray<JobPod> All, ImmutableArray<JobPod> Active, int Ready, ImmutableArray<JobPod> Terminating)
{
    public static JobCensus Take(IEnumerable<StoredObject> owned)
    {
        ImmutableArray<JobPod> all = [.. owned.Select(pod => new JobPod(pod)).OrderBy(pod => pod.Key.Name, StringComparer.Ordinal)];
        ImmutableArray<JobPod> active = [.. all.Where(pod => pod.Active)];
        return new(all, active, active.Count(pod => pod.Stored.Header.Ready), [.. all.Where(pod => pod.Deleting && !pod.Ended)]);
    }
}
