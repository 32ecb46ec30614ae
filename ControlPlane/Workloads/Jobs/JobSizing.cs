using ControlPlane.Objects;
using ControlPlane.Workloads.ReplicaSets;

namespace ControlPlane.Workloads.Jobs;

/// <summary>Which pods of a Job that goes on are too many, and which are missing.</summary>
internal sealed class JobSizing(JobState job, JobCensus pods, JobTally tally)
{
    /// <summary>Pods created by one plan at most; the next plan goes on.</summary>
    public const int MostPerPlan = 500;

    /// <summary>How many pods should run.</summary>
    public int Wanted { get; } = Want(job, pods, tally);

    /// <summary>How many pods may be added now.</summary>
    public int Missing => Math.Max(0, Wanted - pods.Active.Length - (job.OnlyReplaceFailed ? pods.Terminating.Length : 0));

    /// <summary>Active pods that are one too many, or of an index that needs none.</summary>
    public IEnumerable<JobPod> Surplus(IObjectView view)
    {
        var kept = new List<StoredObject>();
        var (indexes, surplus) = (new HashSet<int>(), new List<JobPod>());
        foreach (var pod in pods.Active.Where(pod => pod.Tracked).OrderBy(pod => pod.Stored.Header.CreationTimestamp))
        {
            if (job.Indexed && !(pod.Index is { } index && Needs(index) && indexes.Add(index))) surplus.Add(pod);
            else kept.Add(pod.Stored);
        }
        if (kept.Count <= Wanted) return surplus;
        var chosen = PodDeletionOrder.Choose(job.Stored, kept, kept.Count - Wanted, view).Select(pod => pod.Uid).ToHashSet(StringComparer.Ordinal);
        return surplus.Concat(pods.Active.Where(pod => chosen.Contains(pod.Uid)));
    }

    /// <summary>The indexes that wait for a pod, lowest first.</summary>
    public IEnumerable<int> Pending()
    {
        var taken = pods.Active.Concat(job.OnlyReplaceFailed ? pods.Terminating : []).Where(pod => pod.Index is not null).Select(pod => pod.Index!.Value).ToHashSet();
        return Enumerable.Range(0, job.Completions ?? 0).Where(index => !taken.Contains(index) && Needs(index));
    }

    private bool Needs(int index) => index < job.Completions && !tally.Completed.Contains(index) && !tally.FailedIndexes.Contains(index);

    private static int Want(JobState job, JobCensus pods, JobTally tally)
    {
        if (job.Suspended) return 0;
        // Once one pod of a work queue has succeeded, the others come to their end and none is added.
        if (job.Completions is not { } completions) return tally.SucceededInAll > 0 ? Math.Min(job.Parallelism, pods.Active.Length) : job.Parallelism;
        return Math.Clamp(completions - tally.SucceededInAll - tally.FailedIndexes.Count, 0, job.Parallelism);
    }
}
