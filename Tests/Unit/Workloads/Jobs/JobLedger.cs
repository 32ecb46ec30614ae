using ControlPlane.Objects;
using ControlPlane.Workloads.Jobs;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Workloads.Jobs;

/// <summary>
/// Books of what truly became of a Job's pods, kept beside it: every write is seen here. The Job, whatever crashed and however late it saw things, must come to the same
/// numbers.
/// </summary>
internal sealed class JobLedger
{
    private readonly World _world;
    private readonly HashSet<string> _created = [];
    private readonly HashSet<string> _tracked = [];
    private readonly HashSet<string> _deleted = [];
    private readonly HashSet<string> _succeeded = [];
    private readonly HashSet<string> _givenUp = [];
    private readonly Dictionary<string, HashSet<string>> _succeededOf = [];
    private string? _end;
    private int _failed;

    public JobLedger(World world)
    {
        _world = world;
        world.Heard = (_, result) => Hear(result);
    }

    private JobState Job => JobState.Of(_world.Get(JobSamples.Work));

    /// <summary>
    /// Whether pods may be created by one whose successor has looked already: then there may be too many for a moment, and some that end uncounted, but none is counted twice.
    /// </summary>
    public bool CreatedLate { get; init; }

    /// <summary>What must hold at any moment.</summary>
    public void Check(string after)
    {
        var (job, active) = (Job, _world.ActivePods.ToArray());
        Assert.True(CreatedLate || active.Length <= job.Parallelism, $"{active.Length} active pods, {job.Parallelism} allowed, after {after}");
        if (job.Indexed && !CreatedLate)
        {
            var twins = active.GroupBy(pod => pod.Header.Labels[JobNames.Index]).Where(pods => pods.Count() > 1).Select(pods => pods.Key).ToArray();
            Assert.True(twins.Length == 0, $"Several pods of index {string.Join(',', twins)} after {after}");
        }
        Assert.True(job.Failed >= _failed, $"{job.Failed} failed after {_failed}, after {after}");
        Assert.True(job.Succeeded + job.Failed <= _created.Count, $"{job.Succeeded} and {job.Failed} counted of {_created.Count} pods, after {after}");
        _failed = job.Failed;
        if (job.Ended is null) return;
        var end = job.Status.GetRawText();
        Assert.True(_end is null || _end == end, $"What had ended changed after {after}:\n{_end}\n{end}");
        _end = end;
        if (!CreatedLate) Assert.DoesNotContain(_world.Live(World.Pods), pod => pod.Header.Finalizers.Contains(JobNames.Finalizer));
    }

    /// <summary>What must hold once it has ended.</summary>
    public void CheckEnd()
    {
        Check("the end");
        var job = Job;
        var counted = _created.Count - _givenUp.Count;
        var complete = job.Holding(JobConditions.Complete) is not null;
        if (job.BackoffLimitPerIndex is null)
        {
            Assert.True(complete || job.Failed > job.BackoffLimit, "It failed within its limit.");
            Assert.True(!complete || job.Failed <= job.BackoffLimit, "It is complete beyond its limit.");
        }
        else
        {
            Assert.True(complete == (job.Status.Text("failedIndexes").Length == 0), $"The failed indexes are '{job.Status.Text("failedIndexes")}', and it is {(complete ? "" : "not ")}complete.");
        }
        if (complete) Assert.True(job.Succeeded == job.Completions || (CreatedLate && job.Succeeded > job.Completions), $"{job.Succeeded} succeeded of {job.Completions}");
        // An index counts once, however many of its pods succeed, and what comes after the end not at all.
        // Where the last failure of an index is held, a pod that was let go may yet succeed: then so may two of one index.
        var twice = job.BackoffLimitPerIndex is null ? 0 : _succeededOf.Values.Sum(pods => pods.Count - 1);
        Assert.True(CreatedLate ? job.Succeeded + job.Failed <= counted : job.Succeeded + job.Failed <= counted && job.Succeeded + job.Failed >= counted - twice, $"{job.Succeeded} succeeded and {job.Failed} failed, of {counted} pods");
        if (!CreatedLate) Assert.InRange(job.Succeeded, _succeeded.Except(_deleted).Except(_givenUp).Count(), _succeeded.Count);
        Assert.Empty(job.NotedSucceeded.Concat(job.NotedFailed));
    }

    private void Hear(ObjectResult result)
    {
        if (result is not ObjectAccepted { Object: { } pod } || pod.Key.GroupResource != World.Pods) return;
        _created.Add(pod.Uid);
        if (pod.Header.DeletionTimestamp is not null) _deleted.Add(pod.Uid);
        if (pod.Header.Phase == "Succeeded")
        {
            _succeeded.Add(pod.Uid);
            if (pod.Header.Labels.TryGetValue(JobNames.Index, out var index))
            {
                if (!_succeededOf.TryGetValue(index, out var pods)) _succeededOf[index] = pods = [];
                pods.Add(pod.Uid);
            }
        }
        if (pod.Header.Finalizers.Contains(JobNames.Finalizer)) _tracked.Add(pod.Uid);
        // It lost the finalizer before it ended: it was not to be counted.
        else if (_tracked.Remove(pod.Uid) && pod.Header is { DeletionTimestamp: null, Phase: not ("Succeeded" or "Failed") }) _givenUp.Add(pod.Uid);
    }
}
