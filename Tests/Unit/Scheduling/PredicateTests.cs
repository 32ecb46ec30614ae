using ControlPlane.Scheduling;
using Xunit;

namespace Tests.Unit.Scheduling;

public sealed class PredicateTests
{
    private static string Failure(PodDemand pod, ClusterLayout cluster)
    {
        var decision = Placement.Default.Decide(pod, cluster);
        return decision.Node is null ? decision.Failure : $"on {decision.Node.Name}";
    }

    [Fact]
    public void Cluster_without_nodes_says_so() => Assert.Equal("no nodes available to schedule pods", Failure(Some.Demand(), Some.Cluster()));

    [Fact]
    public void Reasons_are_counted_per_node_in_the_words_of_Kubernetes()
    {
        var cluster = Some.Cluster(
            Some.Node("a", unschedulable: true), Some.Node("b", cpu: "1"), Some.Node("c", cpu: "1"), Some.Node("d", cpu: "1", memory: "1Mi"), Some.Node("e", cpu: "1"));
        Assert.Equal(
            "0/5 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable, 4 Insufficient cpu.",
            Failure(Some.Demand(cpu: "2", memory: "1Gi"), cluster));
    }

    [Fact]
    public void Cordoned_node_takes_pods_that_tolerate_it()
    {
        var cluster = Some.Cluster(Some.Node("a", unschedulable: true));
        Assert.Equal("0/1 nodes are available: 1 node(s) were unschedulable.", Failure(Some.Demand(), cluster));
        Assert.Equal("on a", Failure(Some.Demand(spec: """{"tolerations":[{"key":"node.kubernetes.io/unschedulable","operator":"Exists","effect":"NoSchedule"}]}"""), cluster));
    }

    [Theory]
    [InlineData("""{"key":"k","operator":"Equal","value":"v","effect":"NoSchedule"}""", true)]
    [InlineData("""{"key":"k","value":"v"}""", true)]
    [InlineData("""{"key":"k","operator":"Exists"}""", true)]
    [InlineData("""{"operator":"Exists"}""", true)]
    [InlineData("""{"key":"k","operator":"Equal","value":"w"}""", false)]
    [InlineData("""{"key":"other","operator":"Exists"}""", false)]
    [InlineData("""{"key":"k","operator":"Exists","effect":"NoExecute"}""", false)]
    public void Taint_keeps_off_what_does_not_tolerate_it(string toleration, bool tolerated)
    {
        var cluster = Some.Cluster(Some.Node("a", taints: """[{"key":"k","value":"v","effect":"NoSchedule"}]"""));
        Assert.Equal(
            tolerated ? "on a" : "0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.",
            Failure(Some.Demand(spec: $$"""{"tolerations":[{{toleration}}]}"""), cluster));
    }

    [Fact]
    public void Node_that_is_not_ready_is_not_used_with_or_without_its_taint()
    {
        Assert.Equal("0/1 nodes are available: 1 node(s) were not ready.", Failure(Some.Demand(), Some.Cluster(Some.Node("a", ready: false))));
        var tainted = Some.Cluster(Some.Node("a", ready: false, taints: """[{"key":"node.kubernetes.io/not-ready","effect":"NoSchedule"}]"""));
        Assert.Equal("0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.", Failure(Some.Demand(), tainted));
        Assert.Equal("on a", Failure(Some.Demand(spec: """{"tolerations":[{"operator":"Exists"}]}"""), tainted));
    }

    [Theory]
    [InlineData("""{"nodeSelector":{"disk":"ssd"}}""", "on b")]
    [InlineData("""{"nodeSelector":{"disk":"tape"}}""", "")]
    [InlineData("""{"nodeSelector":{"disk":"ssd","rack":"1"}}""", "")]
    [InlineData("""{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"disk","operator":"In","values":["nvme","ssd"]}]}]}}}}""", "on b")]
    [InlineData("""{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"cores","operator":"Gt","values":["8"]}]}]}}}}""", "on c")]
    [InlineData("""{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"disk","operator":"DoesNotExist"},{"key":"cores","operator":"NotIn","values":["4"]}]}]}}}}""", "on c")]
    [InlineData("""{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"disk","operator":"In","values":["tape"]}]},{"matchFields":[{"key":"metadata.name","operator":"In","values":["c"]}]}]}}}}""", "on c")]
    [InlineData("""{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{}]}}}}""", "")]
    [InlineData("""{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"disk","operator":"Resembles","values":["ssd"]}]}]}}}}""", "")]
    public void Affinity_is_met(string spec, string expected)
    {
        var cluster = Some.Cluster(Some.Node("a", labels: """{"disk":"hdd"}"""), Some.Node("b", labels: """{"disk":"ssd"}"""), Some.Node("c", labels: """{"cores":"16"}"""));
        if (expected.Length == 0) expected = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.";
        Assert.Equal(expected, Failure(Some.Demand(spec: spec), cluster));
    }

    [Fact]
    public void Host_port_is_had_once_per_node()
    {
        const string port80 = """{"containers":[{"ports":[{"hostPort":80}]}]}""";
        var cluster = Some.Cluster(Some.Node("a"));
        cluster.Place(Some.Demand("first", spec: port80), "a");
        Assert.Equal("0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.", Failure(Some.Demand(spec: port80), cluster));
        Assert.Equal("on a", Failure(Some.Demand(spec: """{"containers":[{"ports":[{"hostPort":80,"protocol":"UDP"}]}]}"""), cluster));
        cluster.Release(Some.PodKey("first"));
        Assert.Equal("on a", Failure(Some.Demand(spec: port80), cluster));
    }

    [Fact]
    public void Pods_and_extended_resources_are_bounded()
    {
        var cluster = Some.Cluster(Some.Node("a", pods: "2", allocatable: """{"nvidia.com/gpu":"1"}"""));
        const string gpu = """{"containers":[{"resources":{"requests":{"nvidia.com/gpu":"1"}}}]}""";
        cluster.Place(Some.Demand("first", spec: gpu), "a");
        Assert.Equal("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.", Failure(Some.Demand(spec: gpu), cluster));
        Assert.Equal("0/1 nodes are available: 1 Insufficient example.com/foo.", Failure(Some.Demand(spec: """{"containers":[{"resources":{"limits":{"example.com/foo":"1"}}}]}"""), cluster));
        cluster.Place(Some.Demand("second"), "a");
        Assert.Equal("0/1 nodes are available: 1 Too many pods.", Failure(Some.Demand(), cluster));
    }

    [Fact]
    public void Absurd_request_fits_nowhere()
    {
        var cluster = Some.Cluster(Some.Node("a"));
        cluster.Place(Some.Demand("first", cpu: "1"), "a");
        Assert.Equal("0/1 nodes are available: 1 Insufficient cpu.", Failure(Some.Demand(cpu: "9E"), cluster));
    }

    [Fact]
    public void Pod_that_asks_for_nothing_fits_an_overcommitted_node()
    {
        var cluster = Some.Cluster(Some.Node("a", cpu: "4"));
        cluster.Place(Some.Demand("first", cpu: "4"), "a");
        cluster.SetNode(NodeOffer.Of(Some.Node("a", cpu: "2")));
        Assert.Equal("on a", Failure(Some.Demand(), cluster));
    }
}
