using ControlPlane.Scheduling;
using Xunit;

namespace Tests.Unit.Scheduling.Topology;

public sealed class TopologyPredicateTests
{
    private const string Web = """{"app":"web"}""";

    private static string Near(string kind, string key) =>
        $$$$"""{"affinity":{"{{{{kind}}}}":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"{{{{key}}}}","labelSelector":{"matchLabels":{"app":"web"}}}]}}}""";

    private static string Spread(string key, int skew = 1, string more = "") =>
        $$$$"""{"topologySpreadConstraints":[{"maxSkew":{{{{skew}}}},"topologyKey":"{{{{key}}}}","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"}}{{{{more}}}}}]}""";

    private static string Outcome(PodDemand pod, ClusterLayout cluster) =>
        Placement.Default.Decide(pod, cluster) is { Node: { } node } ? $"on {node.Name}" : Placement.Default.Decide(pod, cluster).Failure;

    private static ClusterLayout TwoZones() => Some.Cluster(Some.Node("a", zone: "east"), Some.Node("b", zone: "west"));

    [Fact]
    public void Pod_goes_near_the_pods_it_asks_for()
    {
        var cluster = TwoZones();
        var pod = Some.Demand(spec: Near("podAffinity", "topology.kubernetes.io/zone"));
        Assert.Equal("0/2 nodes are available: 2 node(s) didn't match pod affinity rules.", Outcome(pod, cluster));
        cluster.Place(Some.Demand("web", labels: Web), "b");
        Assert.Equal("on b", Outcome(pod, cluster));
    }

    [Fact]
    public void First_pod_of_a_group_that_wants_to_be_together_is_placed()
    {
        var cluster = TwoZones();
        var pod = Some.Demand(spec: Near("podAffinity", "topology.kubernetes.io/zone"), labels: Web);
        Assert.StartsWith("on ", Outcome(pod, cluster));
        Assert.Equal("0/2 nodes are available: 2 node(s) didn't match pod affinity rules.", Outcome(Some.Demand(spec: Near("podAffinity", "rack"), labels: Web), cluster));
    }

    [Fact]
    public void Pod_stays_away_from_the_pods_it_shuns()
    {
        var cluster = TwoZones();
        cluster.Place(Some.Demand("web", labels: Web), "b");
        var pod = Some.Demand(spec: Near("podAntiAffinity", "topology.kubernetes.io/zone"));
        Assert.Equal("on a", Outcome(pod, cluster));
        cluster.RemoveNode("a");
        Assert.Equal("0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.", Outcome(pod, cluster));
    }

    [Fact]
    public void Pod_stays_away_from_the_pods_that_shun_it()
    {
        var cluster = TwoZones();
        cluster.Place(Some.Demand("hermit", spec: Near("podAntiAffinity", "topology.kubernetes.io/zone")), "b");
        var pod = Some.Demand(labels: Web);
        Assert.Equal("on a", Outcome(pod, cluster));
        cluster.RemoveNode("a");
        Assert.Equal("0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.", Outcome(pod, cluster));
        cluster.Release(Some.PodKey("hermit"));
        Assert.Equal("on b", Outcome(pod, cluster));
    }

    [Fact]
    public void Domain_takes_no_more_than_the_skew_allows()
    {
        var cluster = TwoZones();
        cluster.Place(Some.Demand("web-0", labels: Web), "a");
        Assert.Equal("on b", Outcome(Some.Demand(spec: Spread("topology.kubernetes.io/zone"), labels: Web), cluster));
        cluster.SetNode(NodeOffer.Of(Some.Node("b", zone: "west", unschedulable: true)));
        Assert.Equal(
            "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) were unschedulable.",
            Outcome(Some.Demand(spec: Spread("topology.kubernetes.io/zone"), labels: Web), cluster));
        Assert.Equal("on a", Outcome(Some.Demand(spec: Spread("topology.kubernetes.io/zone", skew: 2), labels: Web), cluster));
    }

    [Fact]
    public void Node_without_the_key_takes_no_spread_pod() => Assert.Equal(
        "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints (missing required label).",
        Outcome(Some.Demand(spec: Spread("rack"), labels: Web), TwoZones()));

    [Fact]
    public void Fewer_domains_than_asked_for_count_as_an_empty_one()
    {
        var cluster = TwoZones();
        foreach (var node in new[] { "a", "b" }) cluster.Place(Some.Demand($"web-{node}", labels: Web), node);
        Assert.StartsWith("on ", Outcome(Some.Demand(spec: Spread("topology.kubernetes.io/zone"), labels: Web), cluster));
        Assert.Equal(
            "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints.",
            Outcome(Some.Demand(spec: Spread("topology.kubernetes.io/zone", more: ""","minDomains":3"""), labels: Web), cluster));
    }

    [Fact]
    public void Counts_that_were_forgotten_are_counted_anew()
    {
        var cluster = TwoZones();
        cluster.Place(Some.Demand("web", labels: Web), "b");
        var pod = Some.Demand(spec: Near("podAffinity", "topology.kubernetes.io/zone"));
        Assert.Equal("on b", Outcome(pod, cluster));
        // More groups than are kept.
        for (var i = 0; i < 1100; i++) Outcome(Some.Demand(spec: Near("podAffinity", $"key-{i}")), cluster);
        cluster.Release(Some.PodKey("web"));
        cluster.Place(Some.Demand("web", labels: Web), "a");
        Assert.Equal("on a", Outcome(pod, cluster));
    }

    [Fact]
    public void What_would_be_without_a_pod_can_be_asked_and_leaves_no_trace()
    {
        var cluster = TwoZones();
        var hermit = Some.Demand("hermit", spec: Near("podAntiAffinity", "topology.kubernetes.io/zone"));
        foreach (var (pod, node) in new[] { (hermit, "b"), (Some.Demand("big", cpu: "4"), "a") }) cluster.Place(pod, node);
        var asking = Some.Demand(cpu: "1", labels: Web);
        const string failure = "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't satisfy existing pods anti-affinity rules.";
        Assert.Equal(failure, Outcome(asking, cluster));
        cluster.Release(hermit.Key);
        Assert.Equal("on b", Outcome(asking, cluster));
        cluster.Place(hermit, "b");
        Assert.Equal(failure, Outcome(asking, cluster));
    }
}
