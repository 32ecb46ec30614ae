using ControlPlane.Objects;
using ControlPlane.Workloads.Jobs;
using CsCheck;
using Xunit;

namespace Tests.Unit.Workloads.Jobs;

/// <summary>
/// Jobs in a world where steps come in any order, views lag behind, and their controllers die after any command of a plan, whose other commands are lost or come late.
/// </summary>
public sealed class JobPropertyTests
{
    private enum Step { Reconcile, Show, Succeed, Fail, Run, Crash, CrashLate, Deliver, Wait, Suspend, Resume, Delete, Gone, Clean }

    private static readonly Step[] Calm = [Step.Reconcile, Step.Reconcile, Step.Reconcile, Step.Show, Step.Succeed, Step.Fail, Step.Run, Step.Wait, Step.Wait];
    private static readonly Step[] Crashing = [.. Calm, Step.Crash, Step.Crash];

    /// <summary>Pods vanish, and are asked to.</summary>
    private static readonly Step[] Deleting = [.. Crashing, Step.Delete, Step.Gone, Step.Gone, Step.Clean];
    private static readonly Step[] Suspending = [.. Deleting, Step.Suspend, Step.Resume];
    private static readonly Step[] Late = [.. Calm, Step.CrashLate, Step.CrashLate, Step.Deliver, Step.Deliver, Step.Suspend, Step.Resume, Step.Resume];

    private static readonly Gen<string> Spec = Gen.Select(Gen.Int[1, 6], Gen.Int[1, 4], Gen.Int[0, 5], Gen.Bool, Gen.Bool).Select((completions, parallelism, limit, indexed, patient) =>
        $"""
        "completions": {completions}, "parallelism": {parallelism}, "backoffLimit": {limit}, "completionMode": "{(indexed ? "Indexed" : "NonIndexed")}",
        "podReplacementPolicy": "{(patient ? "Failed" : "TerminatingOrFailed")}"
        """);

    /// <summary>An index fails for good after a few failures of its own, and the Job, at its end or at once, when too many have.</summary>
    private static readonly Gen<string> SpecByIndex = Gen.Select(Gen.Int[1, 5], Gen.Int[1, 4], Gen.Int[0, 2], Gen.Int[0, 3], Gen.Bool).Select((completions, parallelism, limit, most, patient) =>
        $"""
        "completions": {completions}, "parallelism": {parallelism}, "completionMode": "Indexed", "backoffLimitPerIndex": {limit}{(most > 0 ? $", \"maxFailedIndexes\": {Math.Min(most, completions)}" : "")},
        "podReplacementPolicy": "{(patient ? "Failed" : "TerminatingOrFailed")}"
        """);

    private static Gen<(Step Step, int Pick)[]> Steps(Step[] kinds) => Gen.Select(Gen.Int[0, kinds.Length - 1].Select(i => kinds[i]), Gen.Int[0, 1000]).Array[10, 80];

    public static TheoryData<string> Mutants => new(JobMutant.All.Keys);

    [Fact]
    public void Job_with_a_stale_view_counts_every_pod_once() => Holds(Calm, 300);

    [Fact]
    public void Job_whose_controller_crashes_counts_every_pod_once() => Holds(Crashing, 400);

    [Fact]
    public void Job_whose_pods_vanish_counts_every_pod_once() => Holds(Deleting, 400);

    [Fact]
    public void Job_that_is_suspended_counts_every_pod_once_but_those_given_up() => Holds(Suspending, 400);

    [Fact]
    public void Job_that_counts_failures_by_index_counts_every_pod_once()
    {
        foreach (var kinds in new[] { Calm, Crashing, Deleting, Suspending, Late }) Holds(SpecByIndex, kinds, 300);
    }

    [Fact]
    public void Job_whose_commands_come_late_counts_every_pod_once() => Holds(Late, 400);

    [Theory]
    [MemberData(nameof(Mutants))]
    public void Controller_without_a_guard_is_caught_by_the_ledger(string name)
    {
        var caught = Assert.ThrowsAny<Exception>(() =>
        {
            // Few at a time: the first that fails is enough, the smallest is not looked for.
            for (var round = 0; round < 50; round++)
            {
                foreach (var kinds in new[] { Deleting, Suspending, Late }) Holds(kinds, 30, name);
            }
        });
        Assert.Contains(nameof(JobLedger), caught.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Job_counts_every_pod_once_wherever_its_controller_crashes()
    {
        foreach (var mode in new[] { "NonIndexed", "Indexed" })
        {
            for (var (at, more) = (0, true); more; at++)
            {
                for (var after = 0; after < 5; after++) more = Scripted(mode, at, after);
            }
        }
    }

    /// <summary>A Job of five, two at a time, every third pod failing, whose controller dies once.</summary>
    /// <returns>Whether it made as many plans as it takes to die.</returns>
    private static bool Scripted(string mode, int crashAt, int after)
    {
        var world = Created($"\"completions\": 5, \"parallelism\": 2, \"completionMode\": \"{mode}\"", out var ledger);
        var (plans, ended) = (0, 0);
        while (JobState.Of(world.Get(JobSamples.Work)).Ended is null)
        {
            Assert.True(plans < 200, "It never ended.");
            if (plans++ == crashAt)
            {
                // Who goes on sees what was done only bit by bit.
                world.Lagging = true;
                world.Crash(JobSamples.Work, after, crashAt, late: false);
            }
            else if (world.Reconcile(JobSamples.Work).Commands.Length == 0)
            {
                world.Lagging = false;
                world.Show();
                foreach (var pod in world.ActivePods.ToArray()) world.End(pod.Key, ++ended % 3 == 0 ? 1 : 0);
                world.Pass(TimeSpan.FromMinutes(6));
            }
            world.ShowSome(1);
            ledger.Check($"plan {plans}, crashed in {crashAt} after {after}");
        }
        world.Show();
        ledger.CheckEnd();
        return plans > crashAt;
    }

    private static void Holds(Step[] kinds, int iterations, string? mutant = null) => Holds(Spec, kinds, iterations, mutant);

    private static void Holds(Gen<string> specs, Step[] kinds, int iterations, string? mutant = null) => Gen.Select(specs, Steps(kinds)).Sample((spec, steps) =>
    {
        var world = Created(spec, out var ledger, late: kinds.Contains(Step.CrashLate));
        if (mutant is not null) world.Mutant = (self, plan) => JobMutant.All[mutant](world, self, plan);
        world.Lagging = true;
        foreach (var (step, pick) in steps)
        {
            Take(world, step, pick);
            ledger.Check(step.ToString());
        }
        Finish(world);
        ledger.CheckEnd();
    }, iter: iterations);

    private static World Created(string spec, out JobLedger ledger, bool late = false)
    {
        // Which index is tried next depends on the time, where each has a back-off of its own: nobody asks for the same pods a second time.
        var world = new World { ReadsJournal = spec.Contains("backoffLimitPerIndex", StringComparison.Ordinal) };
        ledger = new(world) { CreatedLate = late };
        world.Create(JobSamples.Job(spec));
        return world;
    }

    private static void Take(World world, Step step, int pick)
    {
        switch (step)
        {
            case Step.Reconcile:
                world.Reconcile(JobSamples.Work);
                break;
            case Step.Show:
                world.ShowSome(1 + (pick % 7));
                break;
            case Step.Run:
                if (Pick(world.ActivePods, pick) is { } idle) world.Run(idle.Key, ready: pick % 3 > 0);
                break;
            case Step.Succeed or Step.Fail:
                // A node may see the end of a pod that is being deleted, too.
                if (Pick(world.Live(World.Pods).Where(pod => pod.Header.Phase is not ("Succeeded" or "Failed")), pick) is { } running) world.End(running.Key, step == Step.Fail ? 1 : 0);
                break;
            case Step.Crash or Step.CrashLate:
                world.Crash(JobSamples.Work, pick % 4, pick, late: step == Step.CrashLate);
                break;
            case Step.Deliver:
                world.Deliver();
                break;
            case Step.Wait:
                world.Pass(TimeSpan.FromSeconds(pick));
                break;
            case Step.Suspend or Step.Resume:
                world.Patch(JobSamples.Work, $$"""{ "spec": { "suspend": {{(step == Step.Suspend ? "true" : "false")}} } }""");
                break;
            case Step.Delete:
                if (Pick(world.ActivePods, pick) is { } victim) world.Delete(victim.Key, grace: pick % 2 == 0 ? 0 : null);
                break;
            case Step.Gone:
                if (Pick(world.Live(World.Pods).Where(pod => pod.Header.DeletionTimestamp is not null), pick) is { } going) world.LetGo(going.Key);
                break;
            case Step.Clean:
                if (Pick(world.Live(World.Pods).Where(pod => pod.Header.Phase is "Succeeded" or "Failed"), pick) is { } ended) world.LetGo(ended.Key);
                break;
        }
    }

    private static void Finish(World world)
    {
        world.DeliverAll();
        world.Lagging = false;
        world.Patch(JobSamples.Work, """{ "spec": { "suspend": false } }""");
        for (var round = 0; round < 100; round++)
        {
            world.Settle();
            if (JobState.Of(world.Get(JobSamples.Work)).Ended is not null) return;
            foreach (var pod in world.Live(World.Pods))
            {
                if (pod.Header.DeletionTimestamp is not null) world.LetGo(pod.Key);
                else if (pod.Header.Phase is not ("Succeeded" or "Failed")) world.End(pod.Key);
            }
            world.Pass(TimeSpan.FromMinutes(6));
        }
        throw new InvalidOperationException("The job never ended.");
    }

    private static StoredObject? Pick(IEnumerable<StoredObject> from, int pick) => from.ToArray() is { Length: > 0 } some ? some[pick % some.Length] : null;
}
