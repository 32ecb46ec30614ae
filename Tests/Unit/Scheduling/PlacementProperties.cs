using ControlPlane.Scheduling;
using ControlPlane.Scheduling.Predicates;
using CsCheck;
using Xunit;

namespace Tests.Unit.Scheduling;

public sealed class PlacementProperties
{
    private static readonly Gen<string> Cpu = Gen.Int[0, 12].Select(n => n == 0 ? "" : $"{n * 250}m");
    private static readonly Gen<string> Memory = Gen.Int[0, 8].Select(n => n == 0 ? "" : $"{n * 512}Mi");
    private static readonly string[] Specs =
    [
        "{}", "{}", "{}",
        """{"nodeSelector":{"disk":"ssd"}}""",
        """{"tolerations":[{"operator":"Exists"}]}""",
        """{"tolerations":[{"key":"dedicated","value":"x","effect":"NoSchedule"}]}""",
        """{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"disk","operator":"NotIn","values":["ssd"]}]}]}}}}""",
    ];

    private static readonly Gen<string> PodSpec = Gen.Int[0, 6].Select(i => Specs[i]);

    private static readonly Gen<(string Cpu, string Memory, string Spec, int Owner)> Pod = Gen.Select(Cpu, Memory, PodSpec, Gen.Int[0, 3]);

    private static readonly Gen<(int Cpu, int Memory, int Pods, int Kind, int Zone)> Node =
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 8], Gen.Int[1, 10], Gen.Int[0, 6], Gen.Int[0, 3]);

    private static ClusterLayout Cluster((int Cpu, int Memory, int Pods, int Kind, int Zone)[] nodes)
    {
        var layout = new ClusterLayout();
        for (var i = 0; i < nodes.Length; i++)
        {
            var (cpu, memory, pods, kind, zone) = nodes[i];
            layout.SetNode(NodeOffer.Of(Some.Node(
                $"n{i:000}", $"{cpu}", $"{memory}Gi", $"{pods}", zone == 0 ? "" : $"z{zone}",
                kind switch
                {
                    1 => """[{"key":"dedicated","value":"x","effect":"NoSchedule"}]""",
                    2 => """[{"key":"down","effect":"NoExecute"}]""",
                    3 => """[{"key":"slow","effect":"PreferNoSchedule"}]""",
                    _ => "[]",
                },
                ready: kind != 4, unschedulable: kind == 5, labels: kind == 6 ? """{"disk":"ssd"}""" : "{}")));
        }
        return layout;
    }

    private static PodDemand[] Demands((string Cpu, string Memory, string Spec, int Owner)[] pods) =>
        [.. pods.Select((pod, i) => Some.Demand($"p{i:000}", pod.Cpu, pod.Memory, pod.Owner == 0 ? "" : $"rs{pod.Owner}", pod.Spec))];

    [Fact]
    public void Decisions_never_over_commit_and_never_break_a_predicate() =>
        Gen.Select(Node.Array[0, 20], Pod.Array[1, 60]).Sample((nodes, pods) =>
        {
            var cluster = Cluster(nodes);
            foreach (var pod in Demands(pods))
            {
                var decision = Placement.Default.Decide(pod, cluster);
                cluster.Advance(decision.Examined);
                if (decision.Node is not { } node)
                {
                    Assert.DoesNotContain(cluster.Nodes.ToArray(), candidate => Placement.Default.Admits(pod, candidate, cluster));
                    continue;
                }
                Assert.All(PredicateChain.All.Predicates, predicate => Assert.True(predicate.Prepare(pod, cluster)?.Admits(pod, node) != false, predicate.Name));
                cluster.Place(pod, node.Name);
                Assert.True(node.RequestedMilliCpu <= node.Offer.Allocatable.MilliCpu);
                Assert.True(node.RequestedMemory <= node.Offer.Allocatable.Memory);
                Assert.True(node.Pods <= node.Offer.MaxPods);
            }
        });

    [Fact]
    public void Decisions_are_the_same_for_the_same_cluster() =>
        Gen.Select(Node.Array[1, 150], Pod.Array[1, 30]).Sample((nodes, pods) =>
        {
            Assert.Equal(Run(), Run());

            string[] Run()
            {
                var cluster = Cluster(nodes);
                return [.. Demands(pods).Select(pod =>
                {
                    var decision = Placement.Default.Decide(pod, cluster);
                    cluster.Advance(decision.Examined);
                    if (decision.Node is { } node) cluster.Place(pod, node.Name);
                    return decision.Node?.Name ?? decision.Failure;
                })];
            }
        }, iter: 30);

    [Fact]
    public void Pods_of_one_owner_are_spread_within_one_over_equal_nodes() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 120], Cpu, Memory).Sample((nodes, pods, cpu, memory) =>
        {
            var cluster = new ClusterLayout();
            for (var i = 0; i < nodes; i++) cluster.SetNode(NodeOffer.Of(Some.Node($"n{i}", "1000", "1000Gi", "500")));
            for (var i = 0; i < pods; i++)
            {
                var pod = Some.Demand($"p{i}", cpu, memory, "rs");
                var decision = Placement.Default.Decide(pod, cluster);
                cluster.Advance(decision.Examined);
                cluster.Place(pod, decision.Node!.Name);
            }
            var counts = cluster.Nodes.ToArray().Select(node => node.Pods).ToArray();
            Assert.True(counts.Max() - counts.Min() <= 1, string.Join(' ', counts));
        }, iter: 30);

    [Fact]
    public void Pods_of_one_owner_are_spread_within_one_over_equal_zones() =>
        Gen.Select(Gen.Int[2, 4], Gen.Int[1, 5], Gen.Int[1, 40]).Sample((zones, perZone, pods) =>
        {
            var cluster = new ClusterLayout();
            for (var i = 0; i < zones * perZone; i++) cluster.SetNode(NodeOffer.Of(Some.Node($"n{i}", "1000", "1000Gi", "500", zone: $"z{i % zones}")));
            for (var i = 0; i < pods; i++)
            {
                var pod = Some.Demand($"p{i}", "1", "1Gi", "rs");
                cluster.Place(pod, Placement.Default.Decide(pod, cluster).Node!.Name);
            }
            var counts = Enumerable.Range(0, zones).Select(zone => cluster.OwnedBy("rs")!.In($"z{zone}").Staying).ToArray();
            Assert.True(counts.Max() - counts.Min() <= 1, string.Join(' ', counts));
        }, iter: 30);

    [Fact]
    public void Usage_is_nothing_again_once_every_pod_is_released() =>
        Gen.Select(Node.Array[1, 10], Pod.Array[1, 30], Gen.Int[0, 10]).Sample((nodes, pods, removed) =>
        {
            var cluster = Cluster(nodes);
            var demands = Demands(pods);
            for (var i = 0; i < demands.Length; i++) cluster.Place(demands[i], $"n{i % nodes.Length:000}", leaving: i % 3 == 0);
            cluster.RemoveNode($"n{removed:000}");
            foreach (var pod in demands) cluster.Release(pod.Key);
            foreach (var node in cluster.Nodes)
            {
                Assert.Equal((0, 0, 0, 0, 0), (node.RequestedMilliCpu, node.RequestedMemory, node.Pods, node.ScoredMilliCpu, node.ScoredMemory));
            }
            Assert.All(demands, pod => Assert.Null(cluster.OwnedBy(pod.OwnerUid)));
            if (removed < nodes.Length) Assert.Null(cluster.Find($"n{removed:000}"));
        });

    [Theory]
    [InlineData(5, 0, 5)]
    [InlineData(100, 0, 100)]
    [InlineData(1000, 0, 420)]
    [InlineData(5000, 0, 500)]
    [InlineData(50000, 0, 2500)]
    [InlineData(1000, 100, 1000)]
    [InlineData(1000, 1, 100)]
    public void Sample_shrinks_as_the_cluster_grows(int nodes, int percentage, int enough) => Assert.Equal(enough, Placement.EnoughFeasible(nodes, percentage));
}
