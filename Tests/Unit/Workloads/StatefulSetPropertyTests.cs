using ControlPlane.Objects;
using CsCheck;
using Xunit;
using static Tests.Unit.Workloads.StatefulSamples;

namespace Tests.Unit.Workloads;

/// <summary>StatefulSets in a world where steps come in any order and the reconciler's view lags behind.</summary>
public sealed class StatefulSetPropertyTests
{
    private enum Step { Reconcile, Show, Ready, Gone, Unready, Kill, Fail, Roll, Scale, Wait, Crash }

    private static readonly Step[] Healthy = [Step.Reconcile, Step.Reconcile, Step.Reconcile, Step.Show, Step.Ready, Step.Ready, Step.Gone, Step.Gone, Step.Roll];
    private static readonly Step[] Everything = [.. Healthy, Step.Unready, Step.Kill, Step.Fail, Step.Scale, Step.Wait, Step.Crash];

    private static readonly Gen<(int Replicas, bool Parallel, int MaxUnavailable, int Partition, int MinReady)> Spec =
        Gen.Select(Gen.Int[1, 5], Gen.Bool, Gen.Int[1, 3], Gen.Int[0, 2], Gen.Int[0, 1]);

    [Fact]
    public void Anything_may_happen_and_it_comes_to_rest_with_the_pods_it_should_have() =>
        Gen.Select(Spec, Steps(Everything)).Sample((spec, steps) =>
        {
            var world = Made(spec);
            world.Lagging = true;
            foreach (var (step, pick) in steps)
            {
                Take(world, step, pick);
                NoPodTwice(world);
            }
            world.Lagging = false;
            world.Pass(TimeSpan.FromMinutes(1));
            EndsWell(world);
        }, iter: 300);

    [Fact]
    public void Update_of_healthy_pods_never_makes_more_unavailable_than_it_may() =>
        Gen.Select(Spec, Steps(Healthy)).Sample((spec, steps) =>
        {
            var world = Made(spec);
            Complete(world);
            world.Lagging = true;
            foreach (var (step, pick) in steps)
            {
                Take(world, step, pick);
                world.Pass(TimeSpan.FromMinutes(1));
                var unavailable = spec.Replicas - world.ActivePods.Count(pod => pod.Header.Ready);
                Assert.True(unavailable <= spec.MaxUnavailable, $"{unavailable} of {spec.Replicas} unavailable, {spec.MaxUnavailable} allowed, after {step}");
            }
        }, iter: 300);

    [Fact]
    public void In_order_no_pod_is_made_while_one_before_it_is_missing() =>
        Gen.Select(Spec, Steps(Everything)).Sample((spec, steps) =>
        {
            var world = Made(spec with { Parallel = false });
            var before = new HashSet<string>();
            foreach (var (step, pick) in steps)
            {
                Take(world, step, pick);
                foreach (var made in world.Live(World.Pods).Where(pod => before.Add(pod.Uid)))
                {
                    var ordinal = int.Parse(made.Key.Name[3..]);
                    Assert.True(Enumerable.Range(0, ordinal).All(lower => world.Find(Pod(lower)) is { Header: { Ready: true, DeletionTimestamp: null } }), $"{made.Key.Name} came too early, after {step}");
                }
            }
        }, iter: 200);

    /// <summary>A claim's data is its pod's: never does a claim go while the set may need it, nor is it made a second time.</summary>
    [Fact]
    public void Claims_outlive_their_pods() =>
        Gen.Select(Spec, Steps(Everything)).Sample((spec, steps) =>
        {
            var world = Made(spec, """, "volumeClaimTemplates": [ { "metadata": { "name": "data" }, "spec": {} } ] """);
            var claims = new Dictionary<string, string>();
            foreach (var (step, pick) in steps)
            {
                Take(world, step, pick);
                foreach (var claim in world.Live(World.Claims)) Assert.Equal(claims.GetValueOrDefault(claim.Key.Name, claim.Uid), claims[claim.Key.Name] = claim.Uid);
                Assert.All(world.Live(World.Pods), pod => Assert.NotNull(world.Find(new("", "persistentvolumeclaims", "default", $"data-{pod.Key.Name}"))));
            }
        }, iter: 100);

    private static Gen<(Step Step, int Pick)[]> Steps(Step[] kinds) => Gen.Select(Gen.Int[0, kinds.Length - 1].Select(i => kinds[i]), Gen.Int[0, 1000]).Array[10, 100];

    private static World Made((int Replicas, bool Parallel, int MaxUnavailable, int Partition, int MinReady) spec, string more = "")
    {
        var world = new World();
        world.Create(Set(spec.Replicas, $$"""
            "podManagementPolicy": "{{(spec.Parallel ? "Parallel" : "OrderedReady")}}", "minReadySeconds": {{spec.MinReady}},
            "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": {{spec.MaxUnavailable}}, "partition": {{spec.Partition}} } } {{more}}
            """));
        return world;
    }

    private static void NoPodTwice(World world) =>
        Assert.Equal(world.Names().Distinct().Count(), world.Names().Length);

    private static void Take(World world, Step step, int pick)
    {
        switch (step)
        {
            case Step.Reconcile:
                world.Reconcile(Db);
                break;
            case Step.Crash:
                world.ReconcileAndCrash(Db, pick % 4);
                break;
            case Step.Show:
                world.ShowSome(1 + pick % 7);
                break;
            case Step.Ready:
                if (Pick(world.ActivePods.Where(pod => !pod.Header.Ready), pick) is { } waiting) world.Run(waiting.Key);
                break;
            case Step.Gone:
                if (Pick(world.Live(World.Pods).Where(pod => pod.Header.DeletionTimestamp is not null), pick) is { } going) world.Delete(going.Key, grace: 0);
                break;
            case Step.Unready:
                if (Pick(world.ActivePods.Where(pod => pod.Header.Ready), pick) is { } sick) world.Run(sick.Key, ready: false);
                break;
            case Step.Kill:
                if (Pick(world.ActivePods, pick) is { } victim) world.Delete(victim.Key, grace: pick % 2 == 0 ? 0 : null);
                break;
            case Step.Fail:
                if (Pick(world.ActivePods, pick) is { } failing) world.Fail(failing.Key);
                break;
            case Step.Roll:
                world.RollSet($"v{pick % 4}");
                break;
            case Step.Scale:
                world.ScaleSet(pick % 6);
                break;
            case Step.Wait:
                world.Pass(TimeSpan.FromSeconds(pick));
                break;
        }
    }

    private static StoredObject? Pick(IEnumerable<StoredObject> from, int pick) => from.ToArray() is { Length: > 0 } some ? some[pick % some.Length] : null;

    private static void Complete(World world)
    {
        for (var round = 0; round < 100; round++)
        {
            world.Finish();
            world.Pass(TimeSpan.FromSeconds(5));
            if (world.PlanFor(Db).Commands.IsEmpty) return;
        }
    }

    private static void EndsWell(World world)
    {
        Complete(world);
        var set = world.State();
        Assert.Empty(world.PlanFor(Db).Commands);
        Assert.Equal(Enumerable.Range(0, set.Replicas).Select(i => $"db-{i}"), world.ActivePods.Select(pod => pod.Key.Name));
        Assert.All(world.ActivePods.Where(pod => int.Parse(pod.Key.Name[3..]) >= set.Partition), pod =>
            Assert.Equal((string?)world.Status()["updateRevision"], pod.Header.Labels["controller-revision-hash"]));
        Assert.Equal(set.Replicas, (int)world.Status()["availableReplicas"]!);
    }
}
