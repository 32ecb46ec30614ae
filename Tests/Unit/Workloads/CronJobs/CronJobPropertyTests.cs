using ControlPlane.Objects;
using ControlPlane.Workloads.CronJobs;
using ControlPlane.Workloads.Patches;
using CsCheck;
using Shared.Api;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Workloads.CronJobs;

/// <summary>CronJobs in a world where steps come in any order, views lag behind, Jobs vanish, and controllers die after any command of a plan.</summary>
public sealed class CronJobPropertyTests
{
    private enum Step { Tick, ReconcileJob, Show, Crash, Wait, End, Delete, Suspend, Resume, ByHand }

    private static readonly Step[] Everything =
    [
        Step.Tick, Step.Tick, Step.Tick, Step.ReconcileJob, Step.ReconcileJob, Step.Show, Step.Crash, Step.Crash, Step.Wait, Step.Wait, Step.End, Step.Delete, Step.Delete, Step.Suspend,
        Step.Resume, Step.ByHand,
    ];

    private static readonly string[] Policies = ["Allow", "Forbid", "Replace"];

    private static readonly Gen<string> Spec = Gen.Select(Gen.Int[0, 2].Select(i => Policies[i]), Gen.Int[0, 2], Gen.Int[0, 3]).Select((policy, deadline, kept) =>
        $"\"concurrencyPolicy\": \"{policy}\", \"successfulJobsHistoryLimit\": {kept}{(deadline > 0 ? $", \"startingDeadlineSeconds\": {deadline * 400}" : "")}");

    private static readonly IReadOnlyDictionary<string, Func<World, Plan, Plan>> Mutants = new Dictionary<string, Func<World, Plan, Plan>>
    {
        ["jobs are not held until their time is stored"] = (_, plan) => plan with { Commands = [.. plan.Commands.Select(command => command is CreateObject create ? WithoutFinalizer(create) : command)] },
        ["jobs are made that were not announced"] = (world, plan) => Announces(plan) ? plan with { Commands = [.. StartAnyway(world)] } : plan,
        ["jobs that run are not seen"] = (world, plan) => plan.Events.Any(note => note.Reason == "JobAlreadyActive") ? plan with { Commands = [.. StartAnyway(world)] } : plan,
        ["jobs are made beside those to be replaced"] = (world, plan) =>
            plan.Commands.FirstOrDefault() is DeleteObject { Key.Resource: "jobs" } ? plan with { Commands = [.. plan.Commands, .. StartAnyway(world)] } : plan,
    };

    public static TheoryData<string> MutantNames => new(Mutants.Keys);

    [Fact]
    public void CronJob_serves_a_time_once_and_keeps_to_its_policy() => Holds(500);

    [Theory]
    [MemberData(nameof(MutantNames))]
    public void Controller_without_a_guard_is_caught_by_what_it_did(string name)
    {
        var caught = Assert.ThrowsAny<Exception>(() =>
        {
            // Few at a time: the first that fails is enough, the smallest is not looked for.
            for (var round = 0; round < 100; round++) Holds(30, name);
        });
        Assert.Contains($"{nameof(CronJobPropertyTests)}.{nameof(Check)}(", caught.ToString(), StringComparison.Ordinal);
    }

    private static void Holds(int iterations, string? mutant = null) =>
        Gen.Select(Spec, Gen.Select(Gen.Int[0, Everything.Length - 1].Select(i => Everything[i]), Gen.Int[0, 1000]).Array[10, 80]).Sample((spec, steps) =>
        {
            var (world, served) = (new World(), new Dictionary<string, HashSet<string>>());
            world.Heard = (_, result) =>
            {
                if (result is not ObjectAccepted { Object: { } job } || job.Key.GroupResource != World.Jobs) return;
                if (job.ToJsonObject().Text("metadata", "annotations", "batch.kubernetes.io/cronjob-scheduled-timestamp") is not { Length: > 0 } time) return;
                if (!served.TryGetValue(time, out var uids)) served[time] = uids = [];
                uids.Add(job.Uid);
            };
            if (mutant is not null) world.Mutant = (self, plan) => self.Key.Resource == "cronjobs" ? Mutants[mutant](world, plan) : plan;
            world.Create(CronJobSamples.CronJob(spec));
            world.Lagging = true;
            foreach (var (step, pick) in steps)
            {
                Take(world, step, pick);
                Check(world, served, step.ToString());
            }
            EndsWell(world, served);
        }, iter: iterations);

    private static void Check(World world, Dictionary<string, HashSet<string>> served, string after)
    {
        var twice = served.Where(time => time.Value.Count > 1).Select(time => time.Key).ToArray();
        Assert.True(twice.Length == 0, $"{string.Join(", ", twice)} served twice after {after}");
        var cronJob = CronJobState.Of(world.Get(CronJobSamples.Tick));
        var running = world.Live(World.Jobs).Where(job => IsScheduled(job) && !HasEnded(job)).ToArray();
        if (cronJob.Policy == ConcurrencyPolicy.Forbid) Assert.True(running.Length <= 1, $"{running.Length} jobs run after {after}");
        var wanted = running.Count(job => job.Header.DeletionTimestamp is null);
        if (cronJob.Policy == ConcurrencyPolicy.Replace) Assert.True(wanted <= 1, $"{wanted} jobs run, none replaced, after {after}");
    }

    private static void EndsWell(World world, Dictionary<string, HashSet<string>> served)
    {
        world.Lagging = false;
        world.Patch(CronJobSamples.Tick, """{ "spec": { "suspend": false } }""");
        for (var round = 0; round < 3; round++)
        {
            world.Settle();
            foreach (var job in world.Live(World.Jobs)) world.EndJob(job.Key, well: true);
            foreach (var pod in world.Live(World.Pods).Where(pod => pod.Header.DeletionTimestamp is not null)) world.Delete(pod.Key, grace: 0);
            world.Settle();
        }
        var (count, cycle) = (served.Count, TimeSpan.FromMinutes(10));
        world.Pass(cycle - TimeSpan.FromTicks(world.Now.Ticks % cycle.Ticks));
        world.Settle();
        Check(world, served, "the end");
        Assert.Equal(count + 1, served.Count);
        Assert.DoesNotContain(world.Live(World.Jobs), job => job.Header.Finalizers.Contains("batch.kubernetes.io/cronjob-tracking"));
    }

    private static void Take(World world, Step step, int pick)
    {
        switch (step)
        {
            case Step.Tick:
                world.Reconcile(CronJobSamples.Tick);
                break;
            case Step.ReconcileJob:
                if (Pick(world.Live(World.Jobs), pick) is { } some) world.Reconcile(some.Key);
                break;
            case Step.Show:
                world.ShowSome(1 + (pick % 7));
                break;
            case Step.Crash:
                world.Crash(CronJobSamples.Tick, pick % 3, pick, late: false);
                break;
            case Step.Wait:
                world.Pass(TimeSpan.FromSeconds(pick * 2));
                break;
            case Step.End:
                if (Pick(world.Live(World.Jobs), pick) is { } running) world.EndJob(running.Key, well: pick % 3 > 0);
                break;
            case Step.Delete:
                if (Pick(world.Live(World.Jobs), pick) is { } victim) world.Delete(victim.Key);
                break;
            case Step.Suspend or Step.Resume:
                world.Patch(CronJobSamples.Tick, $$"""{ "spec": { "suspend": {{(step == Step.Suspend ? "true" : "false")}} } }""");
                break;
            case Step.ByHand:
                if (world.Find(new("batch", "jobs", "default", $"by-hand-{pick}")) is null) world.CreateByHand($"by-hand-{pick}");
                break;
        }
    }

    private static bool IsScheduled(StoredObject job) => job.ToJsonObject().Text("metadata", "annotations", "batch.kubernetes.io/cronjob-scheduled-timestamp").Length > 0;

    private static bool HasEnded(StoredObject job) => job.ToJsonObject().Status() is var status && (Conditions.Holds(status, "Complete") || Conditions.Holds(status, "Failed"));

    private static StoredObject? Pick(IEnumerable<StoredObject> from, int pick) => from.ToArray() is { Length: > 0 } some ? some[pick % some.Length] : null;

    private static CreateObject WithoutFinalizer(CreateObject create)
    {
        var job = create.Object.ToJsonObject();
        job.Metadata().Remove("finalizers");
        return create with { Object = job };
    }

    private static bool Announces(Plan plan) =>
        plan.Commands is [PatchObject { Patch: StatusWithNews patch }] && patch.Status.ToJsonObject().Objects("active").Any(active => !active.Has("uid"));

    /// <summary>The Job of the time that is due, if one is.</summary>
    private static IEnumerable<ObjectCommand> StartAnyway(World world)
    {
        var cronJob = CronJobState.Of(world.Get(CronJobSamples.Tick));
        if (cronJob.Schedule!.Latest(cronJob.LastSchedule ?? cronJob.Stored.Header.CreationTimestamp, world.Now) is { } due) yield return JobFactory.Create(cronJob, due, Requester.Controller("mutant"));
    }
}
