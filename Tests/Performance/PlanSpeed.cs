using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Deployments;
using ControlPlane.Workloads.ReplicaSets;
using Tests.Unit.Workloads;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>
/// What one plan of a Deployment and of a ReplicaSet takes while thousands of them are rolled out: the reconcilers alone, on a view of all there is. Prints figures and asserts only
/// that the rollouts ended.
/// </summary>
[Trait("Category", "Performance")]
[Collection(nameof(AloneOnTheMachine))]
public sealed class PlanSpeed(ITestOutputHelper output)
{
    private const int Replicas = 5;

    [Fact]
    public void Plans_of_many_rollouts()
    {
        Measure(50);
        var count = FigureTable.Scaled(2000);
        var taken = Measure(count);
        Array.Sort(taken);
        new FigureTable(output).Add(
            $"plans of {count} rollouts of {Replicas} pods, {taken.Length} plans",
            $"p50 {taken[taken.Length / 2].TotalMicroseconds:0} us   p99 {taken[(int)(taken.Length * .99)].TotalMicroseconds:0} us   most {taken[^1].TotalMilliseconds:0.0} ms", "p99 <= 5 ms");
    }

    private static TimeSpan[] Measure(int count)
    {
        var world = new World();
        var (deployments, sets) = (new DeploymentReconciler(), new ReplicaSetReconciler("apps/v1", "ReplicaSet"));
        var taken = new List<TimeSpan>(count * 40);
        var names = Enumerable.Range(0, count).Select(i => Samples.Web with { Name = $"d-{i}" }).ToArray();
        foreach (var name in names)
        {
            var deployment = Samples.Deployment(Replicas);
            deployment["metadata"]!["name"] = name.Name;
            deployment["spec"]!["selector"] = JsonNode.Parse($$"""{ "matchLabels": { "app": "{{name.Name}}" } }""");
            deployment["spec"]!["template"]!["metadata"] = JsonNode.Parse($$"""{ "labels": { "app": "{{name.Name}}" } }""");
            world.Create(deployment);
        }
        RollOut();
        taken.Clear();
        foreach (var name in names) world.Patch(name, """{ "spec": { "template": { "spec": { "containers": [ { "name": "c", "image": "v2" } ] } } } }""");
        RollOut();
        return [.. taken];

        void RollOut()
        {
            for (var busy = true; busy;)
            {
                busy = false;
                foreach (var self in world.Live(World.Deployments)) busy |= Turn(self, deployments);
                foreach (var self in world.Live(World.ReplicaSets)) busy |= Turn(self, sets);
                foreach (var pod in world.Live(World.Pods))
                {
                    if (pod.Header.DeletionTimestamp is not null) world.Delete(pod.Key, grace: 0);
                    else if (!pod.Header.Ready) world.Run(pod.Key);
                }
            }
        }

        bool Turn(StoredObject self, IReconciler reconciler)
        {
            var started = Stopwatch.GetTimestamp();
            reconciler.Reconcile(self, world.View, world.Now);
            taken.Add(Stopwatch.GetElapsedTime(started));
            return world.Reconcile(self.Key).Commands.Length > 0;
        }
    }
}
