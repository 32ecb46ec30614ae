using ControlPlane.Objects;
using CsCheck;
using Xunit;
using static Tests.Unit.Workloads.DaemonSamples;

namespace Tests.Unit.Workloads;

/// <summary>A DaemonSet in a world where steps come in any order and the reconciler's view lags behind.</summary>
public sealed class DaemonSetPropertyTests
{
    private enum Step { Reconcile, Show, Ready, Gone, Roll, Unready, Kill, Fail, AddNode, LoseNode, Taint, Untaint, Wait, Crash }

    private static readonly Step[] Healthy = [Step.Reconcile, Step.Reconcile, Step.Reconcile, Step.Show, Step.Ready, Step.Ready, Step.Gone, Step.Gone, Step.Roll];
    private static readonly Step[] Everything = [.. Healthy, Step.Unready, Step.Kill, Step.Fail, Step.AddNode, Step.LoseNode, Step.Taint, Step.Untaint, Step.Wait, Step.Crash];
    private static readonly Gen<(int Nodes, int Surge, int Unavailable)> Spec =
        Gen.Select(Gen.Int[1, 6], Gen.Int[0, 2], Gen.Int[1, 3]).Select((nodes, surge, unavailable) => (nodes, surge, surge > 0 ? 0 : unavailable));

    [Fact]
    public void Anything_may_happen_and_every_node_that_should_has_one_pod_in_the_end() =>
        Gen.Select(Spec, Steps(Everything)).Sample((spec, steps) =>
        {
            var world = Made(spec);
            world.Lagging = true;
            foreach (var (step, pick) in steps) Take(world, step, pick);
            world.Lagging = false;
            foreach (var node in Names(world)) world.Untaint(node);
            world.FinishDaemons();
            Assert.Equal(Names(world), world.Nodes());
            Assert.Equal(Names(world).Length, world.Number("updatedNumberScheduled"));
            Assert.Equal(Names(world).Length, world.Number("numberAvailable"));
        }, iter: 200);

    [Fact]
    public void Update_of_healthy_pods_stays_within_its_limits() =>
        Gen.Select(Spec, Steps(Healthy)).Sample((spec, steps) =>
        {
            var world = Made(spec);
            world.FinishDaemons();
            world.Lagging = true;
            foreach (var (step, pick) in steps)
            {
                Take(world, step, pick);
                var served = world.ActivePods.Where(pod => pod.Header.Ready).Select(NodeOf).Distinct().Count();
                Assert.True(spec.Nodes - served <= Math.Max(spec.Unavailable, 0), $"{spec.Nodes - served} of {spec.Nodes} unavailable after {step}");
                Assert.True(world.ActivePods.Count() <= spec.Nodes + spec.Surge, $"{world.ActivePods.Count()} pods on {spec.Nodes} nodes after {step}");
                if (spec.Surge == 0) Assert.Equal(world.Live(World.Pods).Select(NodeOf).Distinct().Count(), world.Live(World.Pods).Count());
            }
        }, iter: 200);

    private static Gen<(Step Step, int Pick)[]> Steps(Step[] kinds) => Gen.Select(Gen.Int[0, kinds.Length - 1].Select(i => kinds[i]), Gen.Int[0, 1000]).Array[10, 80];

    private static World Made((int Nodes, int Surge, int Unavailable) spec)
    {
        var world = new World();
        for (var i = 0; i < spec.Nodes; i++) world.AddNode($"n{i}");
        world.Create(DaemonSet($$"""{ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": {{spec.Surge}}, "maxUnavailable": {{spec.Unavailable}} } }"""));
        return world;
    }

    private static string[] Names(World world) => [.. world.Live(new("", "nodes")).Select(node => node.Key.Name)];

    private static void Take(World world, Step step, int pick)
    {
        switch (step)
        {
            case Step.Reconcile:
                world.Reconcile(Agent);
                break;
            case Step.Crash:
                world.ReconcileAndCrash(Agent, pick % 4);
                break;
            case Step.Show:
                world.ShowSome(1 + pick % 7);
                break;
            case Step.Ready:
                if (Pick(world.ActivePods.Where(pod => !pod.Header.Ready), pick) is { } waiting) world.RunDaemon(waiting.Key);
                break;
            case Step.Gone:
                if (Pick(world.Live(World.Pods).Where(pod => pod.Header.DeletionTimestamp is not null), pick) is { } going) world.Delete(going.Key, grace: 0);
                break;
            case Step.Unready:
                if (Pick(world.ActivePods.Where(pod => pod.Header.Ready), pick) is { } sick) world.RunDaemon(sick.Key, ready: false);
                break;
            case Step.Kill:
                if (Pick(world.ActivePods, pick) is { } victim) world.Delete(victim.Key, grace: pick % 2 == 0 ? 0 : null);
                break;
            case Step.Fail:
                if (Pick(world.ActivePods, pick) is { } failing) world.Fail(failing.Key);
                break;
            case Step.Roll:
                world.RollAgent($"v{pick % 4}");
                break;
            case Step.AddNode:
                if (world.Find(NodeKey($"n{pick % 10}")) is null) world.AddNode($"n{pick % 10}");
                break;
            case Step.LoseNode:
                if (Pick(world.Live(new("", "nodes")), pick) is { } lost) LoseNode(world, lost);
                break;
            case Step.Taint:
                if (Pick(world.Live(new("", "nodes")), pick) is { } tainted) world.Taint(tainted.Key.Name, pick % 2 == 0 ? "NoSchedule" : "NoExecute");
                break;
            case Step.Untaint:
                if (Pick(world.Live(new("", "nodes")), pick) is { } clean) world.Untaint(clean.Key.Name);
                break;
            case Step.Wait:
                world.Pass(TimeSpan.FromSeconds(pick));
                break;
        }
    }

    // Pods that were bound to it are removed by others.
    private static void LoseNode(World world, StoredObject node)
    {
        world.Delete(node.Key);
        foreach (var pod in world.Live(World.Pods).Where(pod => pod.Header.NodeName == node.Key.Name)) world.Delete(pod.Key, grace: 0);
    }

    private static StoredObject? Pick(IEnumerable<StoredObject> from, int pick) => from.ToArray() is { Length: > 0 } some ? some[pick % some.Length] : null;
}
