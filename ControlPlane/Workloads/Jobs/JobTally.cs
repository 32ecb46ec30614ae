using System.Collections.Immutable;

namespace ControlPlane.Workloads.Jobs;

/// <summary>
/// Counts every pod once, whatever crashes. A pod that ended is first noted in the status, by its uid or, if its index succeeded, by that; then its finalizer is
/// removed; and only when the view shows that it has none, or that the pod is gone, does the note become a count. Each step is a write of its own and starts
/// from what is stored, so whoever goes on after a crash finds the pod in just one of these states: a status that names it shows a view in which it existed, and a
/// count a view in which its finalizer was gone.
/// </summary>
internal sealed class JobTally
{
    /// <summary>Pods noted at a time: it bounds the status.</summary>
    public const int MostNoted = 500;

    private readonly JobState _job;
    private readonly ImmutableSortedSet<string>.Builder _notedSucceeded;
    private readonly ImmutableSortedSet<string>.Builder _notedFailed;
    private readonly ImmutableArray<JobPod>.Builder _release = ImmutableArray.CreateBuilder<JobPod>();

    private JobTally(JobState job, JobCensus pods)
    {
        _job = job;
        var tracked = pods.All.Where(pod => pod.Tracked).Select(pod => pod.Uid).ToHashSet(StringComparer.Ordinal);
        _notedSucceeded = job.NotedSucceeded.Where(tracked.Contains).ToImmutableSortedSet(StringComparer.Ordinal).ToBuilder();
        _notedFailed = job.NotedFailed.Where(tracked.Contains).ToImmutableSortedSet(StringComparer.Ordinal).ToBuilder();
        Succeeded = job.Succeeded + job.NotedSucceeded.Count - _notedSucceeded.Count;
        Failed = job.Failed + job.NotedFailed.Count - _notedFailed.Count;
        SucceededInAll = job.Succeeded + job.NotedSucceeded.Count;
        FailedInAll = job.Failed + job.NotedFailed.Count;
        Completed = job.CompletedIndexes.With(pods.All.Where(pod => pod.Tracked && pod.Succeeded && HasIndex(pod) && !job.NotedFailed.Contains(pod.Uid)).Select(pod => pod.Index!.Value));
        FailedIndexes = job.FailedIndexes;
        // Pods that are deleted because the Job ends do not end their indexes.
        if (job.BackoffLimitPerIndex is not { } limit || Ending) return;
        FailedIndexes = job.FailedIndexes.With(pods.All.Where(pod => pod.Tracked && EndsIndex(pod, limit)).Select(pod => pod.Index!.Value));
        Held = HoldLastFailures(pods);
    }

    /// <summary>Counted, as the status is to say.</summary>
    public int Succeeded { get; private set; }
    public int Failed { get; }

    /// <summary>Counted, noted, or to be noted.</summary>
    public int SucceededInAll { get; private set; }
    public int FailedInAll { get; private set; }

    public IndexSet Completed { get; }
    public IndexSet FailedIndexes { get; }

    /// <summary>Noted, as the status is to say.</summary>
    public ImmutableSortedSet<string> NotedSucceeded => _notedSucceeded.ToImmutable();
    public ImmutableSortedSet<string> NotedFailed => _notedFailed.ToImmutable();

    /// <summary>The pods whose finalizer may go: the stored status has what they count for.</summary>
    public ImmutableArray<JobPod> Release => _release.ToImmutable();

    /// <summary>The last failure of each index that waits for another pod: it keeps the number of failures until that pod has it.</summary>
    public IReadOnlyDictionary<int, JobPod> Held { get; } = ImmutableDictionary<int, JobPod>.Empty;

    private bool Ending => _job.Deleting || _job.Holding(JobConditions.FailureTarget) is not null || _job.Holding(JobConditions.SuccessCriteriaMet) is not null;

    public static JobTally Take(JobState job, JobCensus pods)
    {
        var tally = new JobTally(job, pods);
        foreach (var pod in pods.All.Where(pod => pod.Tracked))
        {
            if (pod.Succeeded && !job.NotedFailed.Contains(pod.Uid)) tally.Success(pod);
            else if (pod.FailedFor(job) || job.NotedFailed.Contains(pod.Uid)) tally.Failure(pod);
            // Nothing is owed to a Job that goes: its pods must not wait for it.
            else if (job.Deleting) tally._release.Add(pod);
        }
        if (!job.Indexed) return tally;
        tally.Succeeded = tally.SucceededInAll = tally.Completed.Count;
        return tally;
    }

    private void Success(JobPod pod)
    {
        if (_job.Indexed)
        {
            if (!HasIndex(pod) || _job.CompletedIndexes.Contains(pod.Index!.Value)) _release.Add(pod);
        }
        else if (_job.NotedSucceeded.Contains(pod.Uid)) _release.Add(pod);
        else
        {
            SucceededInAll++;
            if (_notedSucceeded.Count + _notedFailed.Count < MostNoted) _notedSucceeded.Add(pod.Uid);
        }
    }

    private void Failure(JobPod pod)
    {
        var held = pod.Index is { } index && Held.TryGetValue(index, out var last) && last.Uid == pod.Uid;
        if (_job.NotedFailed.Contains(pod.Uid))
        {
            if (!held) _release.Add(pod);
            return;
        }
        if ((_job.Indexed && !HasIndex(pod)) || _job.Failures.Judge(pod).Action == FailureAction.Ignore)
        {
            if (!held) _release.Add(pod);
            return;
        }
        FailedInAll++;
        if (!held && _notedSucceeded.Count + _notedFailed.Count < MostNoted) _notedFailed.Add(pod.Uid);
    }

    private bool HasIndex(JobPod pod) => pod.Index is { } index && index < (_job.Completions ?? 0);

    private bool EndsIndex(JobPod pod, int limit)
    {
        if (!HasIndex(pod) || !pod.FailedFor(_job) || Completed.Contains(pod.Index!.Value)) return false;
        return _job.Failures.Judge(pod).Action switch
        {
            FailureAction.FailIndex => true,
            FailureAction.Ignore => false,
            _ => pod.Facts.FailureCount >= limit,
        };
    }

    private Dictionary<int, JobPod> HoldLastFailures(JobCensus pods)
    {
        var active = pods.Active.Where(pod => pod.Index is not null).Select(pod => pod.Index!.Value).ToHashSet();
        var held = new Dictionary<int, JobPod>();
        foreach (var pod in pods.All)
        {
            if (!pod.Tracked || !HasIndex(pod) || !pod.FailedFor(_job) || pod.Index is not { } index) continue;
            if (active.Contains(index) || Completed.Contains(index) || FailedIndexes.Contains(index)) continue;
            if (!held.TryGetValue(index, out var other) || Failures(pod) > Failures(other)) held[index] = pod;
        }
        return held;
    }

    private static int Failures(JobPod pod) => pod.Facts.FailureCount + pod.Facts.IgnoredCount;
}
