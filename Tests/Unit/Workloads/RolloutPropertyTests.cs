using ControlPlane.Objects;
using CsCheck;
using Xunit;

namespace Tests.Unit.Workloads;

/// <summary>Rollouts in a world where steps come in any order and the reconcilers' view lags behind.</summary>
public sealed class RolloutPropertyTests
{
    private enum Step { ReconcileDeployment, ReconcileSets, Ready, Gone, Show, Unready, Kill, Roll, Scale, Pause, Resume, Wait }

    private static readonly string[] Percentages = ["\"0%\"", "\"10%\"", "\"25%\"", "\"50%\"", "\"100%\""];
    private static readonly Gen<string> Limit = Gen.Int[0, 9].Select(n => n < 5 ? n.ToString() : Percentages[n - 5]);

    private static readonly Gen<(int Replicas, string Strategy)> Spec =
        Gen.Select(Gen.Int[1, 9], Limit, Limit).Select((replicas, surge, unavailable) =>
            // Neither surge nor unavailability is refused by validation; percentages may still come to that.
            (replicas, IsNone(surge) && IsNone(unavailable) ? "1" : surge, unavailable)).Select((replicas, surge, unavailable) =>
            (replicas, $$"""{ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": {{surge}}, "maxUnavailable": {{unavailable}} } }"""));

    private static readonly Step[] Growth = [Step.ReconcileDeployment, Step.ReconcileSets, Step.Ready, Step.Gone, Step.Show];
    private static readonly Step[] Changes = [.. Growth, .. Growth, .. Growth, Step.Roll, Step.Wait];
    private static readonly Step[] Everything = [.. Changes, Step.Unready, Step.Kill, Step.Scale, Step.Pause, Step.Resume];

    private static Gen<(Step Step, int Pick)[]> Steps(Step[] kinds, int most = 80) => Gen.Select(Gen.Int[0, kinds.Length - 1].Select(i => kinds[i]), Gen.Int[0, 1000]).Array[10, most];

    [Fact]
    public void Rollout_with_healthy_pods_and_a_stale_view_never_leaves_its_limits() =>
        Gen.Select(Spec, Steps(Changes)).Sample((spec, steps) =>
        {
            var world = Deployed(spec);
            var limits = Limits(world);
            world.Lagging = true;
            foreach (var (step, pick) in steps)
            {
                Take(world, step, pick);
                Assert.True(Available(world) >= limits.MinAvailable, $"{Available(world)} available, {limits.MinAvailable} needed, after {step}");
                Assert.True(world.ActivePods.Count() <= limits.MaxTotal, $"{world.ActivePods.Count()} pods, {limits.MaxTotal} allowed, after {step}");
            }
            EndsWell(world);
        }, iter: 200);

    [Fact]
    public void Rollout_whose_pods_fail_never_exceeds_its_surge_with_a_stale_view() =>
        Gen.Select(Spec, Steps([.. Changes, Step.Unready, Step.Kill])).Sample((spec, steps) =>
        {
            var world = Deployed(spec);
            var limits = Limits(world);
            world.Lagging = true;
            foreach (var (step, pick) in steps)
            {
                Take(world, step, pick);
                Assert.True(world.ActivePods.Count() <= limits.MaxTotal, $"{world.ActivePods.Count()} pods, {limits.MaxTotal} allowed, after {step}");
            }
            EndsWell(world);
        }, iter: 150);

    [Fact]
    public void Rollout_whose_pods_fail_never_takes_an_available_pod_it_needs() =>
        Gen.Select(Spec, Steps([.. Changes, Step.Unready, Step.Kill])).Sample((spec, steps) =>
        {
            var world = Deployed(spec);
            var limits = Limits(world);
            foreach (var (step, pick) in steps)
            {
                // With failures about, only a controller that has seen them can be held to the limit.
                world.Settle();
                var before = Available(world);
                Take(world, step, pick);
                if (step is Step.Unready or Step.Kill) continue;
                Assert.True(Available(world) >= Math.Min(before, limits.MinAvailable), $"{before} -> {Available(world)} available, {limits.MinAvailable} needed, after {step}");
            }
            EndsWell(world);
        }, iter: 80);

    [Fact]
    public void Rollout_with_anything_happening_converges_and_then_rests() =>
        Gen.Select(Spec, Steps(Everything, most: 120)).Sample((spec, steps) =>
        {
            var world = Deployed(spec);
            world.Lagging = true;
            foreach (var (step, pick) in steps) Take(world, step, pick);
            EndsWell(world);
        }, iter: 150);

    [Fact]
    public void Rollout_by_recreation_never_has_pods_of_two_templates() =>
        Gen.Select(Gen.Int[1, 5], Steps([.. Changes, Step.Kill, Step.Unready])).Sample((replicas, steps) =>
        {
            var world = Deployed((replicas, """{ "type": "Recreate" }"""));
            world.Lagging = true;
            foreach (var (step, pick) in steps)
            {
                Take(world, step, pick);
                var templates = world.Live(World.Pods).Select(pod => pod.Header.Controller!.Uid).Distinct().Count();
                Assert.True(templates <= 1, $"pods of {templates} templates after {step}");
            }
            EndsWell(world);
        }, iter: 100);

    [Fact]
    public void Rollout_to_a_version_that_never_gets_ready_comes_to_rest_within_its_limits() =>
        Spec.Sample(spec =>
        {
            var world = Deployed(spec);
            var limits = Limits(world);
            world.Roll("broken");
            for (var round = 0; round < 20; round++)
            {
                world.Settle();
                foreach (var pod in world.Live(World.Pods).Where(pod => pod.Header.DeletionTimestamp is not null)) world.Delete(pod.Key, grace: 0);
            }
            Assert.Empty(world.PlanFor(Samples.Web).Commands);
            Assert.True(Available(world) >= limits.MinAvailable);
            Assert.True(world.ActivePods.Count() <= limits.MaxTotal);
        }, iter: 200);

    private static bool IsNone(string limit) => limit is "0" or "\"0%\"";

    private static World Deployed((int Replicas, string Strategy) spec)
    {
        var world = new World();
        world.Create(Samples.Deployment(spec.Replicas, spec.Strategy));
        world.Finish();
        return world;
    }

    private static ControlPlane.Workloads.Deployments.RolloutBudget Limits(World world) => ControlPlane.Workloads.Deployments.DeploymentState.Of(world.Get(Samples.Web)).Budget;

    private static int Available(World world) => world.ActivePods.Count(pod => pod.Header.Ready);

    private static void Take(World world, Step step, int pick)
    {
        switch (step)
        {
            case Step.ReconcileDeployment:
                world.Reconcile(Samples.Web);
                break;
            case Step.ReconcileSets:
                if (Pick(world.Live(World.ReplicaSets), pick) is { } set) world.Reconcile(set.Key);
                break;
            case Step.Ready:
                if (Pick(world.ActivePods.Where(pod => !pod.Header.Ready), pick) is { } waiting) world.Run(waiting.Key);
                break;
            case Step.Gone:
                if (Pick(world.Live(World.Pods).Where(pod => pod.Header.DeletionTimestamp is not null), pick) is { } going) world.Delete(going.Key, grace: 0);
                break;
            case Step.Show:
                world.ShowSome(1 + pick % 7);
                break;
            case Step.Unready:
                if (Pick(world.ActivePods.Where(pod => pod.Header.Ready), pick) is { } sick) world.Run(sick.Key, ready: false);
                break;
            case Step.Kill:
                if (Pick(world.ActivePods, pick) is { } victim) world.Delete(victim.Key, grace: pick % 2 == 0 ? 0 : null);
                break;
            case Step.Roll:
                world.Roll($"v{pick % 4}");
                break;
            case Step.Scale:
                world.Scale(pick % 10);
                break;
            case Step.Pause or Step.Resume:
                world.Pause(step == Step.Pause);
                break;
            case Step.Wait:
                world.Pass(TimeSpan.FromSeconds(pick));
                break;
        }
    }

    private static StoredObject? Pick(IEnumerable<StoredObject> from, int pick) => from.ToArray() is { Length: > 0 } some ? some[pick % some.Length] : null;

    private static void EndsWell(World world)
    {
        world.Pause(false);
        world.Lagging = false;
        world.Finish();
        var deployment = ControlPlane.Workloads.Deployments.DeploymentState.Of(world.Get(Samples.Web));
        Assert.Equal(deployment.Replicas, world.ActivePods.Count());
        var current = world.Live(World.ReplicaSets).Single(set => ControlPlane.Workloads.ReplicaSets.ReplicaSetState.Of(set).PodTemplate.Equals(deployment.PodTemplate));
        Assert.All(world.ActivePods, pod => Assert.Equal(current.Uid, pod.Header.Controller?.Uid));
        Assert.Empty(world.PlanFor(Samples.Web).Commands);
        Assert.Equal(deployment.Replicas, world.Tree(Samples.Web).Number("status", "availableReplicas"));
        Assert.Equal(deployment.Replicas, world.Tree(Samples.Web).Number("status", "updatedReplicas"));
    }
}
