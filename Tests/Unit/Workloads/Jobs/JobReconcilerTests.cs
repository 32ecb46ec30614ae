using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Jobs;
using Shared.Api;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Workloads.Jobs;

public sealed class JobReconcilerTests
{
    private static readonly ObjectKey Work = JobSamples.Work;
    private readonly World _world = new();

    private StoredObject[] Active => [.. _world.ActivePods];

    private void Create(string spec = "", string restart = "Never")
    {
        _world.Create(JobSamples.Job(spec, restart));
        _world.Settle();
    }

    private void EndAll(int exitCode = 0)
    {
        foreach (var pod in Active) _world.End(pod.Key, exitCode);
        _world.Settle();
    }

    private void Pass(int seconds)
    {
        _world.Pass(TimeSpan.FromSeconds(seconds));
        _world.Settle();
    }

    private string[] Told(string reason) => [.. _world.Events.Where(told => told.Reason == reason).Select(told => told.Message)];

    [Fact]
    public void Job_runs_its_pods_counts_them_and_is_complete()
    {
        Create("\"completions\": 3, \"parallelism\": 2");
        Assert.Equal(2, Active.Length);
        var pod = Active[0].ToJsonObject();
        Assert.Matches("^work-[bcdfghjklmnpqrstvwxz2456789]{5}$", Active[0].Key.Name);
        Assert.Equal("batch.kubernetes.io/job-tracking", Assert.Single(Active[0].Header.Finalizers));
        Assert.Equal(_world.Get(Work).Uid, pod["metadata"]!["labels"]!["batch.kubernetes.io/controller-uid"]!.GetValue<string>());
        Assert.Equal("work", pod["metadata"]!["labels"]!["job-name"]!.GetValue<string>());
        Assert.Equal((2, 0), (_world.Status().Number("active"), _world.Status().Number("terminating")));
        Assert.Equal(2, Told("SuccessfulCreate").Length);
        EndAll();
        Assert.Equal((2, 1), (_world.Status().Number("succeeded"), _world.Status().Number("active")));
        EndAll();
        Assert.Equal("CompletionsReached", _world.Condition("Complete"));
        Assert.Equal("CompletionsReached", _world.Condition("SuccessCriteriaMet"));
        Assert.Equal("""{"succeeded":3,"ready":0,"terminating":0}""", _world.Status().Pick("succeeded", "active", "ready", "terminating").ToJsonString());
        Assert.Equal("{}", _world.Status()["uncountedTerminatedPods"]!.ToJsonString());
        Assert.True(_world.Status().Has("completionTime"));
        Assert.All(_world.JobPods(), each => Assert.Empty(each.Header.Finalizers));
        Assert.Equal(["Job completed"], Told("Completed"));
        Assert.Empty(_world.PlanFor(Work).Commands);
    }

    [Fact]
    public void Job_notes_a_pod_then_releases_it_then_counts_it()
    {
        Create();
        var uid = Active[0].Uid;
        _world.End(Active[0].Key);
        _world.Reconcile(Work);
        Assert.Equal(uid, (string?)_world.Status()["uncountedTerminatedPods"]!["succeeded"]![0]);
        Assert.False(_world.Status().Has("succeeded"));
        Assert.NotEmpty(_world.JobPods()[0].Header.Finalizers);
        _world.Reconcile(Work);
        Assert.Empty(_world.JobPods()[0].Header.Finalizers);
        Assert.False(_world.Status().Has("succeeded"));
        _world.Reconcile(Work);
        Assert.Equal(1, _world.Status().Number("succeeded"));
    }

    [Fact]
    public void Job_of_a_work_queue_is_complete_when_one_succeeded_and_none_runs()
    {
        Create("\"parallelism\": 3");
        Assert.Equal(3, Active.Length);
        _world.End(Active[0].Key);
        _world.Settle();
        Assert.Equal(2, Active.Length);
        Assert.Null(_world.Condition("Complete"));
        _world.End(Active[0].Key, 1);
        _world.End(Active[0].Key);
        _world.Settle();
        Assert.Empty(Active);
        Assert.Equal("CompletionsReached", _world.Condition("Complete"));
        Assert.Equal((2, 1), (_world.Status().Number("succeeded"), _world.Status().Number("failed")));
    }

    [Fact]
    public void Job_replaces_failed_pods_later_each_time_until_its_limit()
    {
        Create("\"backoffLimit\": 2");
        foreach (var (wait, failed) in new[] { (10, 1), (20, 2) })
        {
            EndAll(1);
            Assert.Equal(failed, _world.Status().Number("failed"));
            Assert.Empty(Active);
            var left = _world.PlanFor(Work).RequeueAfter!.Value;
            Assert.InRange(left, TimeSpan.FromSeconds(wait - 1), TimeSpan.FromSeconds(wait));
            Pass(wait - 1);
            Assert.Empty(Active);
            Pass(1);
            Assert.Single(Active);
        }
        EndAll(1);
        Assert.Equal("BackoffLimitExceeded", _world.Condition("Failed"));
        Assert.Equal("BackoffLimitExceeded", _world.Condition("FailureTarget"));
        Assert.Equal(3, _world.Status().Number("failed"));
        Assert.Equal(["Job has reached the specified backoff limit"], Told("BackoffLimitExceeded"));
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(6, 320)]
    [InlineData(7, 360)]
    [InlineData(1000, 360)]
    public void Back_off_doubles_up_to_six_minutes(int failures, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), PodBackOff.After(failures));

    [Fact]
    public void Job_with_restarts_in_place_counts_those()
    {
        Create("\"backoffLimit\": 3", "OnFailure");
        _world.Run(Active[0].Key, restarts: 2);
        _world.Settle();
        Assert.Null(_world.Condition("FailureTarget"));
        var pod = Active[0].Key;
        _world.Run(pod, restarts: 3);
        _world.Settle();
        Assert.Equal("BackoffLimitExceeded", _world.Condition("FailureTarget"));
        // It has failed only when its pod has ended.
        Assert.Null(_world.Condition("Failed"));
        Assert.Equal(1, _world.Status().Number("terminating"));
        _world.LetGo(pod);
        _world.Settle();
        Assert.Equal("BackoffLimitExceeded", _world.Condition("Failed"));
        Assert.Equal(1, _world.Status().Number("failed"));
    }

    [Fact]
    public void Job_over_its_deadline_deletes_its_pods_and_fails()
    {
        Create("\"activeDeadlineSeconds\": 60, \"parallelism\": 2, \"completions\": 2");
        Assert.InRange(_world.PlanFor(Work).RequeueAfter!.Value, TimeSpan.FromSeconds(59), TimeSpan.FromSeconds(60));
        Pass(60);
        Assert.Empty(Active);
        Assert.Equal("DeadlineExceeded", _world.Condition("FailureTarget"));
        foreach (var pod in _world.JobPods()) _world.LetGo(pod.Key);
        _world.Settle();
        Assert.Equal("DeadlineExceeded", _world.Condition("Failed"));
        Assert.Equal(2, _world.Status().Number("failed"));
        Assert.Empty(_world.JobPods());
    }

    [Fact]
    public void Job_suspended_has_no_pods_and_starts_its_time_anew_when_it_is_resumed()
    {
        Create("\"suspend\": true, \"activeDeadlineSeconds\": 60");
        Assert.Empty(_world.JobPods());
        Assert.Equal("JobSuspended", _world.Condition("Suspended"));
        Assert.False(_world.Status().Has("startTime"));
        Pass(100);
        _world.Patch(Work, """{ "spec": { "suspend": false } }""");
        _world.Settle();
        Assert.Single(Active);
        Assert.Null(_world.Condition("Suspended"));
        Assert.Equal(_world.Now, _world.Status().Time("startTime"));
        Pass(50);
        _world.Patch(Work, """{ "spec": { "suspend": true } }""");
        _world.Settle();
        Assert.Empty(Active);
        // What was given up is no failure.
        foreach (var pod in _world.JobPods()) _world.LetGo(pod.Key);
        Pass(100);
        Assert.False(_world.Status().Has("failed"));
        _world.Patch(Work, """{ "spec": { "suspend": false } }""");
        _world.Settle();
        Assert.Single(Active);
        Assert.Equal((2, 2), (Told("Suspended").Length, Told("Resumed").Length));
        EndAll();
        Assert.Equal("CompletionsReached", _world.Condition("Complete"));
    }

    [Fact]
    public void Job_given_fewer_pods_lets_the_others_go_uncounted()
    {
        Create("\"parallelism\": 4, \"completions\": 4");
        _world.Patch(Work, """{ "spec": { "parallelism": 1 } }""");
        _world.Settle();
        Assert.Single(Active);
        Assert.Equal(3, Told("SuccessfulDelete").Length);
        Assert.False(_world.Status().Has("failed"));
    }

    [Fact]
    public void Job_keeps_a_pod_that_ended_while_it_was_given_up()
    {
        Create();
        _world.Patch(Work, """{ "spec": { "suspend": true } }""");
        var plan = _world.PlanFor(Work);
        _world.End(Active[0].Key);
        foreach (var command in plan.Commands) _world.Send(command);
        _world.Settle();
        Assert.Equal(1, _world.Status().Number("succeeded"));
        Assert.Equal("CompletionsReached", _world.Condition("Complete"));
    }

    [Fact]
    public void Job_counts_a_deleted_pod_at_once_or_when_it_has_ended()
    {
        Create("\"podReplacementPolicy\": \"TerminatingOrFailed\"");
        _world.Delete(Active[0].Key);
        Pass(10);
        Assert.Equal((1, 1, 1), (_world.Status().Number("failed"), _world.Status().Number("terminating"), _world.Status().Number("active")));
    }

    [Fact]
    public void Job_that_replaces_failed_pods_only_waits_for_the_end_of_a_deleted_one()
    {
        Create("\"podReplacementPolicy\": \"Failed\"");
        var pod = Active[0].Key;
        _world.Delete(pod);
        Pass(100);
        Assert.Empty(Active);
        Assert.False(_world.Status().Has("failed"));
        // No node will ever say that it failed: that nobody has it any more is enough.
        _world.LetGo(pod);
        Pass(10);
        Assert.Single(Active);
        Assert.Equal(1, _world.Status().Number("failed"));
        Assert.Null(_world.Find(pod));
    }

    [Fact]
    public void Job_ended_goes_when_its_time_is_over()
    {
        Create("\"ttlSecondsAfterFinished\": 30");
        EndAll();
        Assert.InRange(_world.PlanFor(Work).RequeueAfter!.Value, TimeSpan.FromSeconds(29), TimeSpan.FromSeconds(30));
        Pass(30);
        Assert.NotNull(_world.Get(Work).Header.DeletionTimestamp);
        Assert.Contains("foregroundDeletion", _world.Get(Work).Header.Finalizers);
    }

    [Fact]
    public void Job_of_another_controller_is_left_alone()
    {
        Create("\"managedBy\": \"acme.io/queue\"");
        Assert.Empty(_world.JobPods());
        Assert.Equal("{}", _world.Status().ToJsonString());
    }

    [Fact]
    public void Job_with_a_selector_of_its_own_adopts_what_matches_and_tracks_it()
    {
        var job = JobSamples.Job("\"manualSelector\": true, \"selector\": { \"matchLabels\": { \"app\": \"web\" } }");
        job["spec"]!["template"]!["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "web" } };
        _world.Create(Samples.Pod("stray"));
        _world.Create(job);
        _world.Settle();
        var stray = _world.Get(new("", "pods", "default", "stray"));
        Assert.Equal(("work", "batch.kubernetes.io/job-tracking"), (stray.Header.Controller!.Name, Assert.Single(stray.Header.Finalizers)));
        Assert.Single(Active);
        _world.Patch(stray.Key, """{ "metadata": { "labels": { "app": "other" } } }""");
        _world.Settle();
        Assert.Empty(_world.Get(stray.Key).Header.Finalizers);
        Assert.Null(_world.Get(stray.Key).Header.Controller);
    }

    [Fact]
    public void Job_deleted_lets_its_pods_go_and_makes_none()
    {
        Create("\"parallelism\": 2, \"completions\": 5");
        _world.Must(new DeleteObject(Work, null, Propagation.Foreground, Requester.Controller("test")));
        _world.Settle();
        Assert.All(_world.JobPods(), pod => Assert.Empty(pod.Header.Finalizers));
        Assert.Equal(2, _world.JobPods().Length);
    }

    [Fact]
    public void Job_that_may_create_no_pods_says_so()
    {
        _world.Refuse = command => command is CreateObject { Key.Resource: "pods" } ? ApiStatus.Forbidden("no quota") : null;
        _world.Create(JobSamples.Job());
        for (var i = 0; i < 4; i++) _world.Reconcile(Work);
        Assert.Contains(Told("FailedCreate"), message => message.Contains("no quota", StringComparison.Ordinal));
    }

    [Fact]
    public void Job_with_many_pods_notes_a_bounded_number_at_a_time()
    {
        Create("\"parallelism\": 1200, \"completions\": 1200");
        Assert.Equal(1200, Active.Length);
        foreach (var pod in Active) _world.End(pod.Key);
        _world.Reconcile(Work);
        Assert.Equal(JobTally.MostNoted, _world.Status()["uncountedTerminatedPods"]!["succeeded"]!.AsArray().Count);
        _world.Settle();
        Assert.Equal(1200, _world.Status().Number("succeeded"));
    }
}
