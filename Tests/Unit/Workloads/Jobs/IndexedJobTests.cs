using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Workloads.Jobs;

public sealed class IndexedJobTests
{
    private static readonly ObjectKey Work = JobSamples.Work;
    private readonly World _world = new();

    private void Create(string spec)
    {
        _world.Create(JobSamples.Job($"\"completionMode\": \"Indexed\", {spec}"));
        _world.Settle();
    }

    private StoredObject Active(int index) => Assert.Single(_world.ActivePods, pod => IndexOf(pod) == index);

    private int[] Indexes => [.. _world.ActivePods.Select(IndexOf).Order()];

    private static int IndexOf(StoredObject pod) => int.Parse(pod.Header.Labels["batch.kubernetes.io/job-completion-index"], System.Globalization.CultureInfo.InvariantCulture);

    private static string Annotation(StoredObject pod, string name) => pod.ToJsonObject().Text("metadata", "annotations", $"batch.kubernetes.io/{name}");

    private void End(int index, int exitCode = 0, string conditions = "[]")
    {
        _world.End(Active(index).Key, exitCode, conditions);
        _world.Settle();
    }

    private void Pass(int seconds)
    {
        _world.Pass(TimeSpan.FromSeconds(seconds));
        _world.Settle();
    }

    [Fact]
    public void Indexed_job_gives_each_pod_its_index()
    {
        Create("\"completions\": 3, \"parallelism\": 2");
        Assert.Equal([0, 1], Indexes);
        var pod = Active(1).ToJsonObject();
        Assert.Matches("^work-1-[bcdfghjklmnpqrstvwxz2456789]{5}$", Active(1).Key.Name);
        Assert.Equal("work-1", pod.Text("spec", "hostname"));
        Assert.Equal("1", Annotation(Active(1), "job-completion-index"));
        var variable = Assert.Single(pod["spec"]!["containers"]![0]!["env"]!.AsArray())!;
        Assert.Equal(("JOB_COMPLETION_INDEX", "metadata.labels['batch.kubernetes.io/job-completion-index']"), (variable.Text("name"), variable.Text("valueFrom", "fieldRef", "fieldPath")));
        End(1);
        Assert.Equal([0, 2], Indexes);
        End(2);
        Assert.Equal("1,2", _world.Status().Text("completedIndexes"));
        End(0);
        Assert.Equal("0-2", _world.Status().Text("completedIndexes"));
        Assert.Equal(3, _world.Status().Number("succeeded"));
        Assert.Equal("CompletionsReached", _world.Condition("Complete"));
    }

    [Fact]
    public void Indexed_job_tries_a_failed_index_again()
    {
        Create("\"completions\": 2, \"parallelism\": 2");
        End(1, 1);
        Assert.Equal([0], Indexes);
        Pass(10);
        Assert.Equal([0, 1], Indexes);
        Assert.Equal(1, _world.Status().Number("failed"));
    }

    [Fact]
    public void Indexed_job_with_two_pods_of_an_index_keeps_one_and_counts_the_index_once()
    {
        Create("\"completions\": 2, \"parallelism\": 2");
        var twin = Active(0).ToJsonObject();
        twin.Metadata()["name"] = "twin";
        _world.Create(twin);
        _world.Settle();
        Assert.Equal([0, 1], Indexes);
        Assert.False(_world.Status().Has("failed"));
    }

    [Fact]
    public void Indexed_job_resized_in_tandem_keeps_what_it_has()
    {
        Create("\"completions\": 3, \"parallelism\": 3");
        End(2);
        _world.Patch(Work, """{ "spec": { "completions": 2, "parallelism": 2 } }""");
        _world.Settle();
        Assert.False(_world.Status().Has("completedIndexes"));
        _world.Patch(Work, """{ "spec": { "completions": 4, "parallelism": 4 } }""");
        _world.Settle();
        Assert.Equal([0, 1, 2, 3], Indexes);
    }

    [Fact]
    public void Failures_by_index_have_a_limit_and_a_back_off_of_their_own()
    {
        Create("\"completions\": 2, \"parallelism\": 2, \"backoffLimitPerIndex\": 1");
        Assert.Equal("0", Annotation(Active(0), "job-index-failure-count"));
        End(0, 1);
        Assert.Equal([1], Indexes);
        // The number of failures is kept by the pod that failed last, whatever is done to it.
        foreach (var failed in _world.Live(World.Pods).Where(pod => pod.Header.Phase == "Failed")) _world.Delete(failed.Key, grace: 0);
        Pass(9);
        Assert.Equal([1], Indexes);
        Pass(1);
        Assert.Equal([0, 1], Indexes);
        Assert.Equal("1", Annotation(Active(0), "job-index-failure-count"));
        Assert.Equal(1, _world.Status().Number("failed"));
        End(0, 1);
        Assert.Equal("0", _world.Status().Text("failedIndexes"));
        Assert.Equal([1], Indexes);
        End(1);
        Assert.Equal("FailedIndexes", _world.Condition("Failed"));
        Assert.Equal((2, 1), (_world.Status().Number("failed"), _world.Status().Number("succeeded")));
    }

    [Fact]
    public void Too_many_failed_indexes_end_the_job()
    {
        Create("\"completions\": 3, \"parallelism\": 3, \"backoffLimitPerIndex\": 0, \"maxFailedIndexes\": 1");
        End(0, 1);
        Assert.Null(_world.Condition("FailureTarget"));
        End(2, 1);
        Assert.Equal("MaxFailedIndexesExceeded", _world.Condition("FailureTarget"));
        Assert.Equal("0,2", _world.Status().Text("failedIndexes"));
        foreach (var pod in _world.Live(World.Pods).Where(pod => pod.Header.DeletionTimestamp is not null)) _world.LetGo(pod.Key);
        _world.Settle();
        Assert.Equal("MaxFailedIndexesExceeded", _world.Condition("Failed"));
    }

    [Fact]
    public void Failure_policy_can_end_a_job_an_index_or_nothing()
    {
        Create("""
            "completions": 3, "parallelism": 3, "backoffLimitPerIndex": 5, "podFailurePolicy": { "rules": [
              { "action": "Ignore", "onPodConditions": [ { "type": "DisruptionTarget" } ] },
              { "action": "FailIndex", "onExitCodes": { "operator": "In", "values": [ 7 ] } },
              { "action": "FailJob", "onExitCodes": { "containerName": "c", "operator": "In", "values": [ 42, 43 ] } },
              { "action": "Count", "onExitCodes": { "operator": "NotIn", "values": [ 1 ] } } ] }
            """);
        End(0, 137, """[ { "type": "DisruptionTarget", "status": "True" } ]""");
        Assert.False(_world.Status().Has("failed"));
        Pass(10);
        Assert.Equal("0", Annotation(Active(0), "job-index-failure-count"));
        Assert.Equal("1", Annotation(Active(0), "job-index-ignored-failure-count"));
        End(1, 7);
        Assert.Equal("1", _world.Status().Text("failedIndexes"));
        Assert.Null(_world.Condition("FailureTarget"));
        var name = Active(2).Key.Name;
        End(2, 43);
        Assert.Equal("PodFailurePolicy", _world.Condition("FailureTarget"));
        Assert.Equal($"Container c for pod default/{name} failed with exit code 43 matching FailJob rule at index 2", Conditions.Find(_world.Status(), "FailureTarget")!.Message);
    }

    [Fact]
    public void Success_policy_ends_a_job_early_and_its_other_pods()
    {
        Create("""
            "completions": 5, "parallelism": 5, "successPolicy": { "rules": [ { "succeededIndexes": "0,2-3", "succeededCount": 2 } ] }
            """);
        End(4);
        End(2);
        Assert.Null(_world.Condition("SuccessCriteriaMet"));
        End(0);
        Assert.Equal("SuccessPolicy", _world.Condition("SuccessCriteriaMet"));
        Assert.Empty(_world.ActivePods);
        Assert.Null(_world.Condition("Complete"));
        foreach (var pod in _world.Live(World.Pods).Where(pod => pod.Header.DeletionTimestamp is not null)) _world.LetGo(pod.Key);
        _world.Settle();
        Assert.Equal("SuccessPolicy", _world.Condition("Complete"));
    }
}
