using System.Collections.Immutable;
using NodeActor.Pods.Machine;
using NodeActor.Runtime;
using Xunit;

namespace Tests.Unit.Pods;

/// <summary>
/// The guards of the pod machine, one by one: with all of them no history breaks what must hold, and without any single one some history does. Histories
/// are made from seeds, or written down where chance finds none soon; so a run is the same every time.
/// </summary>
public sealed class PodGuardTests
{
    private const int Histories = 3000;

    private static readonly Dictionary<string, Guard> Guards = new()
    {
        ["the runtime refuses a second one of an attempt"] = new(new() { ReservesAttempts = false }),
        ["it looks before it acts"] = new(new() { Keeps = (before, fact, after) => fact is DesiredChanged && before.Definition is null ? after with { Observed = RuntimePod.Empty, Stale = false } : after }),
        ["it looks again after a failure"] = new(new() { Keeps = (before, fact, after) => fact is OperationFailed or ContainerFailed ? after with { Stale = before.Stale } : after }, AnswerOfAStartIsLost),
        ["it does not look while something is being made"] = new(new() { Reads = state => state.Stale ? Without(state, one => one.ChangesShape) : state }, LookIsOlderThanAStart),
        ["one operation of a key at a time"] = new(new() { Reads = state => state with { InFlight = ImmutableDictionary<string, PodOperation>.Empty } }),
        ["a created container is there"] = new(Sees((_, one) => one.Phase == ContainerPhase.Created), StartIsDoneLater),
        ["a container the runtime lost track of may run"] = new(Sees((_, one) => one.Phase == ContainerPhase.Unknown)),
        // Two guards that stand in for each other: the sandbox is stopped, and nothing is started before its containers have ended.
        ["a container in a dead sandbox may run"] = new(Sees((pod, one) => !Ready(pod, one)) with { StopsSandboxes = false }, SandboxDies),
        ["attempts count over all sandboxes"] = new(new() { Reads = state => state.Observed is { Current: { } current } seen ? state with { Observed = seen with { Containers = [.. seen.Containers.Where(one => one.SandboxId == current.Id)] } } : state }),
        ["attempts go on from the stored status"] = new(new() { ReadsStatus = false }),
        ["attempts go on from what is lost"] = new(new() { Keeps = (_, fact, after) => fact is PodObserved ? after with { Observed = after.Observed! with { Containers = [.. after.Observed.Containers.Where(one => one.SandboxId.Length > 0)] } } : after }),
        ["it stops after what is being made"] = new(new() { Reads = state => state.Gone || state.Definition is { Deleting: true } ? Without(state, one => one is StartContainer or RunSandbox) : state }, DeletedWhileStarting),
        ["nothing appeared while folders were removed"] = new(new() { Keeps = (_, fact, after) => fact is OperationDone { Key: "clean-up" } ? after with { CleanedUp = true } : after }),
    };

    public static TheoryData<string> Names => [.. Guards.Keys];

    [Fact]
    public void No_history_breaks_the_machine_as_it_is()
    {
        Assert.Null(FirstBroken(PodMutant.None));
        Assert.All(Guards.Values, guard => Assert.Null(guard.Breaks?.Invoke(PodMutant.None)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Some_history_breaks_the_machine_without(string guard) =>
        Assert.NotNull((Guards[guard].Breaks ?? FirstBroken)(Guards[guard].Without));

    private static string? FirstBroken(PodMutant mutant)
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            if (Broken(new Random(seed), mutant) is { } what) return $"history {seed}: {what}";
        }
        return null;
    }

    private static string? Broken(Random chance, PodMutant mutant)
    {
        var policy = chance.Next(3) == 0 ? "OnFailure" : "Always";
        var world = new PodWorld(PodHappenings.Pod((policy, chance.Next(1, 3), chance.Next(4) == 0, chance.Next(4) == 0)), mutant);
        for (var left = chance.Next(20, 200); left > 0; left--)
        {
            PodHappenings.Happen(world, chance.Next(PodHappenings.Last + 1), chance.Next(6));
            if (world.Violation() is { } broken) return broken;
        }
        return null;
    }

    private static string? AnswerOfAStartIsLost(PodMutant mutant)
    {
        var world = Pod(1, mutant);
        world.SettleUpToContainers();
        world.Step("container/c0", Fate.AnswerLost);
        world.Pass(TimeSpan.FromMinutes(5));
        return world.Violation() ?? (world.Containers.Any(one => one.MayRun) ? null : "the pod never runs");
    }

    private static string? LookIsOlderThanAStart(PodMutant mutant)
    {
        var world = Pod(2, mutant);
        world.SettleUpToContainers();
        world.Step("container/c0", Fate.Refused);
        if (world.State.Busy("observe")) world.Step("observe");
        for (var steps = 0; steps < 3; steps++) world.Step("container/c1");
        world.Settle();
        return world.Violation();
    }

    private static string? StartIsDoneLater(PodMutant mutant)
    {
        var world = Pod(1, mutant);
        world.SettleUpToContainers();
        world.Step("container/c0");
        world.Step("container/c0", Fate.DoneLater);
        world.Step("observe");
        world.Step("observe");
        world.FinishLateCalls();
        world.Pass(TimeSpan.FromMinutes(1));
        return world.Violation();
    }

    private static string? DeletedWhileStarting(PodMutant mutant)
    {
        var world = Pod(1, mutant);
        world.SettleUpToContainers();
        world.Delete(0);
        world.SettleUpToContainers();
        return world.Violation();
    }

    private static string? SandboxDies(PodMutant mutant)
    {
        var world = Pod(1, mutant);
        world.Settle();
        world.KillSandbox();
        world.Pass(TimeSpan.FromMinutes(1));
        return world.Violation();
    }

    private static PodWorld Pod(int containers, PodMutant mutant) => new(PodHappenings.Pod(("Always", containers, false, false)), mutant);

    private static bool Ready(RuntimePod pod, RuntimeContainer container) => pod.Sandboxes.Any(box => box.Id == container.SandboxId && box.Ready);

    private static PodState Without(PodState state, Func<PodOperation, bool> hidden) =>
        state with { InFlight = state.InFlight.RemoveRange(state.InFlight.Where(one => hidden(one.Value)).Select(one => one.Key)) };

    /// <summary>A machine that takes some containers for ended ones.</summary>
    private static PodMutant Sees(Func<RuntimePod, RuntimeContainer, bool> ended) => new()
    {
        Reads = state => state.Observed is { } seen
            ? state with { Observed = seen with { Containers = [.. seen.Containers.Select(one => one.Phase != ContainerPhase.Exited && ended(seen, one) ? one with { Phase = ContainerPhase.Exited } : one)] } }
            : state,
    };

    /// <param name="Without">The machine without the guard.</param>
    /// <param name="Breaks">A history that breaks it: says how; null: one made from a seed does.</param>
    private sealed record Guard(PodMutant Without, Func<PodMutant, string?>? Breaks = null);
}
