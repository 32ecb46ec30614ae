using CsCheck;
using Xunit;

namespace Tests.Unit.Pods;

/// <summary>What must hold whatever happens, in whichever order.</summary>
public sealed class PodMachinePropertyTests
{
    private static readonly Gen<(int What, int Which)[]> Happenings = Gen.Select(Gen.Int[0, PodHappenings.ClockSet], Gen.Int[0, 5]).Array[20, 120];

    private static readonly Gen<(string Policy, int Containers, bool Init, bool Sidecar)> Shapes = Gen.Select(
        Gen.Int[0, 2].Select(one => new[] { "Always", "OnFailure", "Never" }[one]), Gen.Int[1, 2], Gen.Bool, Gen.Bool);

    [Fact]
    public void Container_is_never_running_twice_whatever_dies_or_gets_lost() =>
        Gen.Select(Shapes, Happenings).Sample((shape, happenings) =>
        {
            var world = new PodWorld(PodHappenings.Pod(shape));
            foreach (var (what, which) in happenings)
            {
                PodHappenings.Happen(world, what, which);
                Assert.Null(world.Violation());
            }
        }, iter: 1500);

    [Fact]
    public void Pod_with_restart_policy_Always_runs_in_the_end_whatever_happened() =>
        Happenings.Sample(happenings =>
        {
            var world = new PodWorld(PodHappenings.Pod(("Always", 2, true, true)));
            foreach (var (what, which) in happenings) PodHappenings.Happen(world, what, which);
            world.KillOld();
            world.FinishLateCalls();
            world.Fence(false);
            world.DesireAgain();
            for (var minutes = 0; minutes < 12; minutes++)
            {
                world.Relist();
                world.Pass(TimeSpan.FromMinutes(1));
                PodHappenings.FinishInit(world);
            }
            Assert.Null(world.Violation());
            Assert.True(world.Phase == "Running" && world.Condition("Ready") == "True", $"{world.Status}\n{string.Join('\n', world.Log.TakeLast(60))}");
            Assert.Equal(3, world.Containers.Count(one => one.MayRun));
        }, iter: 200);

    [Fact]
    public void Deleted_pod_leaves_nothing_behind_whatever_happened() =>
        Gen.Select(Shapes, Happenings, Gen.Bool).Sample((shape, happenings, force) =>
        {
            var world = new PodWorld(PodHappenings.Pod(shape));
            foreach (var (what, which) in happenings) PodHappenings.Happen(world, what, which);
            world.KillOld();
            world.FinishLateCalls();
            if (force) world.Vanish();
            else world.Delete(3);
            for (var minutes = 0; minutes < 3; minutes++)
            {
                world.Relist();
                world.Pass(TimeSpan.FromMinutes(1));
            }
            Assert.True(world.Stopped, string.Join('\n', world.Log.TakeLast(60)));
            Assert.True(world.Containers.Count == 0 && world.Sandboxes.Count == 0, string.Join('\n', world.Log.TakeLast(60)));
        }, iter: 500);

    [Fact]
    public void Fenced_pod_has_stopped_after_its_grace_whatever_was_under_way() =>
        Gen.Select(Shapes, Happenings, Gen.Bool, Gen.Bool).Sample(
            (shape, happenings, deleting, cutOff) => Assert.Null(RunsBehindTheFence(shape, happenings, deleting, cutOff, fence: true, FenceGrace)), iter: 500);

    /// <summary>The mutants: a fence that an agent without knowledge of the pod does not hear of, and one that leaves the pod its own grace, fail the property.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fence_without_one_of_its_guards_leaves_pods_running(bool unknownPods) =>
        Assert.ThrowsAny<Exception>(() => Gen.Select(Shapes, Happenings, Gen.Bool).Sample(
            (shape, happenings, cutOff) => Assert.Null(unknownPods
                ? RunsBehindTheFence(shape, happenings, deleting: false, cutOff, fence: !cutOff, FenceGrace)
                : RunsBehindTheFence(shape, happenings, deleting: true, cutOff: false, fence: true, TimeSpan.FromSeconds(300))), iter: 500));

    private static readonly TimeSpan FenceGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FenceSlack = TimeSpan.FromSeconds(3);

    private static string? RunsBehindTheFence((string, int, bool, bool) shape, (int What, int Which)[] happenings, bool deleting, bool cutOff, bool fence, TimeSpan grace)
    {
        var world = new PodWorld(PodHappenings.Pod(shape)) { AnswersDrain = false };
        foreach (var (what, which) in happenings) PodHappenings.Happen(world, what, which);
        world.KillOld();
            world.FinishLateCalls();
        world.Fence(false);
        if (deleting) world.Delete(300);
        if (cutOff) world.RestartCutOff();
        if (fence) world.Fence(true, grace);
        world.Relist();
        world.Pass(FenceGrace + FenceSlack);
        return world.Containers.Any(one => one.MayRun) ? string.Join('\n', world.Log.TakeLast(40)) : null;
    }

    [Fact]
    public void Restart_count_never_falls_over_agent_restarts() =>
        Happenings.Sample(happenings =>
        {
            var world = new PodWorld(PodHappenings.Pod(("Always", 1, false, false)));
            var highest = 0;
            // A pod that vanished begins anew.
            foreach (var (what, which) in happenings.Where(one => one.What != PodHappenings.Vanishing))
            {
                PodHappenings.Happen(world, what, which);
                if (world.State.Told is null) continue;
                var count = (int)world.ContainerStatus("c0")["restartCount"]!;
                Assert.True(count >= highest, $"{count} after {highest}\n{string.Join('\n', world.Log.TakeLast(60))}");
                highest = count;
            }
        }, iter: 500);
}
