using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;
using Tests.Unit.Workloads.Jobs;
using Xunit;

namespace Tests.Unit.Workloads.CronJobs;

public sealed class CronJobReconcilerTests
{
    private static readonly ObjectKey Tick = CronJobSamples.Tick;
    private readonly World _world = new();

    private StoredObject[] Jobs => [.. _world.Live(World.Jobs)];

    private JsonObject Status => _world.Tree(Tick).Status();

    private void Create(string spec = "", string schedule = "*/10 * * * *")
    {
        _world.Create(CronJobSamples.CronJob(spec, schedule));
        _world.Settle();
    }

    private void Pass(int minutes)
    {
        _world.Pass(TimeSpan.FromMinutes(minutes));
        _world.Settle();
    }

    private void Finish(StoredObject job, bool well = true)
    {
        _world.EndJob(job.Key, well);
        _world.Settle();
    }

    private string[] Told(string reason) => [.. _world.Events.Where(told => told.Reason == reason && told.Regarding.Kind == "CronJob").Select(told => told.Message)];

    [Fact]
    public void CronJob_makes_the_job_of_a_time_when_it_has_come()
    {
        Create("\"timeZone\": \"Europe/Berlin\"");
        Assert.InRange(_world.PlanFor(Tick).RequeueAfter!.Value, TimeSpan.FromMinutes(9.9), TimeSpan.FromMinutes(10));
        Pass(9);
        Assert.Empty(Jobs);
        Pass(1);
        var job = Assert.Single(Jobs);
        Assert.Equal($"tick-{_world.Now.ToUnixTimeSeconds() / 60}", job.Key.Name);
        Assert.Equal("2026-01-01T01:10:00+01:00", job.ToJsonObject().Text("metadata", "annotations", "batch.kubernetes.io/cronjob-scheduled-timestamp"));
        Assert.Equal(("b", "d"), (job.Header.Labels["a"], job.ToJsonObject().Text("metadata", "annotations", "c")));
        Assert.Equal(new OwnerRef("batch/v1", "CronJob", "tick", _world.Get(Tick).Uid, true, true), job.Header.Controller);
        Assert.Empty(job.Header.Finalizers);
        Assert.Equal(job.Key.Name, Status["active"]![0].Text("name"));
        Assert.Equal(_world.Now, Status.Time("lastScheduleTime"));
        Assert.Equal([$"Created job {job.Key.Name}"], Told("SuccessfulCreate"));
        Pass(1);
        Assert.Single(Jobs);
        Finish(job);
        Assert.False(Status.Has("active"));
        Assert.Equal(_world.Now, Status.Time("lastSuccessfulTime"));
        Assert.Equal([$"Saw completed job: {job.Key.Name}, condition: Complete"], Told("SawCompletedJob"));
    }

    [Fact]
    public void CronJob_keeps_some_history()
    {
        Create("\"successfulJobsHistoryLimit\": 2, \"failedJobsHistoryLimit\": 0");
        for (var i = 0; i < 4; i++)
        {
            Pass(10);
            Finish(Jobs[^1]);
        }
        Assert.Equal(2, Jobs.Length);
        Assert.Equal(2, Told("SuccessfulDelete").Length);
        Pass(10);
        Finish(Jobs[^1], well: false);
        Assert.Equal(2, Jobs.Length);
    }

    [Fact]
    public void CronJob_that_allows_it_runs_jobs_side_by_side()
    {
        Create();
        Pass(10);
        Pass(10);
        Assert.Equal(2, Jobs.Length);
        Assert.Equal(2, Status["active"]!.AsArray().Count);
    }

    [Fact]
    public void CronJob_that_forbids_it_waits_for_the_job_that_runs_and_then_starts_the_latest()
    {
        Create("\"concurrencyPolicy\": \"Forbid\"");
        Pass(10);
        Pass(10);
        Pass(10);
        var first = Assert.Single(Jobs);
        Assert.NotEmpty(Told("JobAlreadyActive"));
        Finish(first);
        Assert.Equal(2, Jobs.Length);
        Assert.Equal(_world.Now, Status.Time("lastScheduleTime"));
    }

    [Fact]
    public void CronJob_that_replaces_deletes_the_job_that_runs()
    {
        Create("\"concurrencyPolicy\": \"Replace\"");
        Pass(10);
        var first = Jobs[0];
        Pass(10);
        Assert.NotEqual(first.Uid, Assert.Single(Jobs).Uid);
        Assert.Equal([$"Deleted job {first.Key.Name}"], Told("SuccessfulDelete"));
        Assert.Empty(Told("MissingJob"));
    }

    [Fact]
    public void CronJob_suspended_starts_nothing_and_what_it_missed_last_when_resumed()
    {
        Create("\"suspend\": true");
        Pass(35);
        Assert.Empty(Jobs);
        _world.Patch(Tick, """{ "spec": { "suspend": false } }""");
        _world.Settle();
        Assert.Single(Jobs);
        Assert.Equal(_world.Now.AddMinutes(-5), Status.Time("lastScheduleTime"));
    }

    [Fact]
    public void CronJob_too_late_misses_the_time()
    {
        Create("\"startingDeadlineSeconds\": 60");
        Pass(12);
        Assert.Empty(Jobs);
        Assert.NotEmpty(Told("MissSchedule"));
        Pass(9);
        Assert.Single(Jobs);
    }

    [Fact]
    public void CronJob_that_missed_many_says_so_and_starts_the_latest()
    {
        Create(schedule: "* * * * *");
        Pass(101);
        Assert.Single(Jobs);
        Assert.Equal(["too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"], Told("TooManyMissedTimes"));
        Assert.Equal(_world.Now, Status.Time("lastScheduleTime"));
    }

    [Fact]
    public void CronJob_that_missed_a_hundred_says_nothing()
    {
        Create(schedule: "* * * * *");
        Pass(100);
        Assert.Empty(Told("TooManyMissedTimes"));
    }

    [Fact]
    public void CronJob_with_a_deadline_has_not_missed_what_was_before_that()
    {
        Create("\"startingDeadlineSeconds\": 300", "* * * * *");
        Pass(500);
        Assert.Single(Jobs);
        Assert.Empty(Told("TooManyMissedTimes"));
    }

    [Fact]
    public void CronJob_tells_of_a_job_that_went_missing_and_does_not_run_it_again()
    {
        Create();
        Pass(10);
        var job = Jobs[0];
        _world.Delete(job.Key);
        _world.Settle();
        Assert.Empty(Jobs);
        Assert.Equal([$"Active job went missing: {job.Key.Name}"], Told("MissingJob"));
        Assert.False(Status.Has("active"));
    }

    [Fact]
    public void Job_made_by_hand_from_a_cron_job_runs_and_does_not_count_as_active()
    {
        Create("\"concurrencyPolicy\": \"Forbid\"");
        _world.CreateByHand("by-hand");
        _world.Settle();
        Assert.NotEmpty(Told("UnexpectedJob"));
        Assert.False(Status.Has("active"));
        Assert.Single(_world.Live(World.Pods));
        Pass(10);
        Assert.Equal(2, Jobs.Length);
        Finish(_world.Get(new("batch", "jobs", "default", "by-hand")));
        Assert.Equal(_world.Now, Status.Time("lastSuccessfulTime"));
    }

    [Fact]
    public void CronJob_whose_name_for_a_time_is_taken_waits_for_the_next()
    {
        Create();
        _world.Create(JobSamples.Job(name: $"tick-{_world.Now.AddMinutes(10).ToUnixTimeSeconds() / 60}"));
        Pass(10);
        Assert.Single(Jobs);
        Assert.NotEmpty(Told("FailedCreate"));
        Pass(10);
        Assert.Equal(2, Jobs.Length);
    }

    [Fact]
    public void CronJob_deleted_lets_its_jobs_go()
    {
        Create();
        _world.Pass(TimeSpan.FromMinutes(10));
        _world.Reconcile(Tick);
        Assert.NotEmpty(Jobs[0].Header.Finalizers);
        _world.Must(new DeleteObject(Tick, null, Propagation.Foreground, Requester.Controller("test")));
        Pass(10);
        Assert.Empty(Assert.Single(Jobs).Header.Finalizers);
    }

    [Fact]
    public void CronJob_due_twice_a_minute_has_one_job_for_it()
    {
        Create(schedule: "@every 20s");
        for (var i = 0; i < 6; i++)
        {
            _world.Pass(TimeSpan.FromSeconds(20));
            _world.Settle();
        }
        Assert.Equal(3, Jobs.Length);
        Assert.Empty(Told("FailedCreate"));
    }
}
