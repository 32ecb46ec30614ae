using ControlPlane.Scheduling;
using Xunit;

namespace Tests.Unit.Scheduling;

public sealed class PriorityTests
{
    private static string Best(PodDemand pod, ClusterLayout cluster) => Placement.Default.Decide(pod, cluster).Node!.Name;

    [Fact]
    public void Pod_goes_where_most_is_free()
    {
        var cluster = Some.Cluster(Some.Node("a"), Some.Node("b"), Some.Node("c"));
        cluster.Place(Some.Demand("x", cpu: "2", memory: "4Gi"), "a");
        cluster.Place(Some.Demand("y", cpu: "1", memory: "2Gi"), "b");
        Assert.Equal("c", Best(Some.Demand(cpu: "1", memory: "2Gi"), cluster));
    }

    [Fact]
    public void Pod_without_requests_goes_to_the_emptier_node()
    {
        var cluster = Some.Cluster(Some.Node("a"), Some.Node("b"));
        cluster.Place(Some.Demand("x"), "a");
        Assert.Equal("b", Best(Some.Demand(), cluster));
    }

    [Fact]
    public void Pod_goes_where_cpu_and_memory_stay_in_balance()
    {
        // Both nodes have the same share free in sum; on "a" the CPU-heavy pod evens out, on "b" it strands memory.
        var cluster = Some.Cluster(Some.Node("b", cpu: "10", memory: "10Gi"), Some.Node("a", cpu: "10", memory: "10Gi"));
        cluster.Place(Some.Demand("x", cpu: "1", memory: "4Gi"), "a");
        cluster.Place(Some.Demand("y", cpu: "4", memory: "1Gi"), "b");
        Assert.Equal("a", Best(Some.Demand(cpu: "3", memory: "1Gi"), cluster));
    }

    [Fact]
    public void Preferred_affinity_weighs_its_terms()
    {
        var cluster = Some.Cluster(Some.Node("a", labels: """{"disk":"hdd"}"""), Some.Node("b", labels: """{"disk":"ssd"}"""), Some.Node("c"));
        var pod = Some.Demand(spec: """
            {"affinity":{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[
              {"weight":10,"preference":{"matchExpressions":[{"key":"disk","operator":"Exists"}]}},
              {"weight":50,"preference":{"matchExpressions":[{"key":"disk","operator":"In","values":["ssd"]}]}}]}}}
            """);
        Assert.Equal("b", Best(pod, cluster));
    }

    [Fact]
    public void Soft_taint_is_avoided_but_not_refused()
    {
        const string soft = """[{"key":"k","effect":"PreferNoSchedule"}]""";
        var cluster = Some.Cluster(Some.Node("a", taints: soft), Some.Node("b"));
        Assert.Equal("b", Best(Some.Demand(), cluster));
        Assert.Equal("a", Best(Some.Demand(), Some.Cluster(Some.Node("a", taints: soft))));
    }

    [Fact]
    public void Owners_pods_spread_over_nodes_although_one_is_emptier()
    {
        var cluster = Some.Cluster(Some.Node("a"), Some.Node("b"));
        cluster.Place(Some.Demand("other", cpu: "1"), "b");
        cluster.Place(Some.Demand("first", cpu: "100m", owner: "rs"), "a");
        Assert.Equal("b", Best(Some.Demand(cpu: "100m", owner: "rs"), cluster));
    }

    [Fact]
    public void Owners_pods_spread_over_zones()
    {
        var cluster = Some.Cluster(Some.Node("a", zone: "east"), Some.Node("b", zone: "east"), Some.Node("c", zone: "west"));
        cluster.Place(Some.Demand("first", owner: "rs"), "a");
        Assert.Equal("c", Best(Some.Demand(owner: "rs"), cluster));
    }

    [Fact]
    public void Pods_that_are_leaving_do_not_count_as_spread()
    {
        var cluster = Some.Cluster(Some.Node("a"), Some.Node("b"));
        cluster.Place(Some.Demand("going", owner: "rs"), "a", leaving: true);
        cluster.Place(Some.Demand("other", cpu: "1"), "b");
        Assert.Equal("a", Best(Some.Demand(owner: "rs"), cluster));
    }

    [Fact]
    public void Zone_that_changes_moves_its_pods()
    {
        var cluster = Some.Cluster(Some.Node("a", zone: "east"), Some.Node("b", zone: "east"), Some.Node("c", zone: "west"));
        cluster.Place(Some.Demand("first", owner: "rs"), "a");
        cluster.SetNode(NodeOffer.Of(Some.Node("a", zone: "west")));
        Assert.Equal((0, 1), (cluster.OwnedBy("rs")!.In("east").Staying, cluster.OwnedBy("rs")!.In("west").Staying));
        Assert.Equal("b", Best(Some.Demand(owner: "rs"), cluster));
    }
}
