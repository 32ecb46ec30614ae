using NodeActor.Agent.Health;
using NodeActor.Networking;
using NodeActor.Runtime.Containerd;
using NodeActor.Runtime.Containerd.Cri;
using Xunit;

namespace Tests.Unit.NodesAgent;

public sealed class NodeHealthTests
{
    private const long Mi = 1L << 20;
    private static readonly NodeFigures Plenty = new(4096 * Mi, 500, 1000, 300, 32768);

    [Fact]
    public void Node_with_plenty_left_is_ready_and_under_no_pressure() =>
        Assert.Equal(["MemoryPressure=False", "DiskPressure=False", "PIDPressure=False", "Ready=True", "NetworkUnavailable=False"], Statuses(NodeHealth.Well.After(Plenty)));

    [Theory]
    [InlineData("nft failed", "", "True", "ServiceRulesFailed", "nft failed")]
    [InlineData("", "no way to n2", "False", "RouteFailed", "no way to n2")]
    [InlineData("", "", "False", "NetworkProgrammed", "services and routes are programmed")]
    public void Network_is_unavailable_without_services_and_tells_of_routes(string rules, string routes, string status, string reason, string message)
    {
        var condition = (NodeHealth.Well with { Network = new(rules, routes) }).Conditions().Single(one => (string?)one!["type"] == "NetworkUnavailable")!;
        Assert.Equal((status, reason, message), ((string?)condition["status"], (string?)condition["reason"], (string?)condition["message"]));
    }

    [Fact]
    public void Endpoints_that_were_skipped_are_told_of_and_keep_no_pod_away()
    {
        var condition = (NodeHealth.Well with { Network = NetworkReport.Well with { Skipped = "endpoint 'x'" } }).Conditions().Single(one => (string?)one!["type"] == "NetworkUnavailable")!;
        Assert.Equal(("False", "EndpointsSkipped", "endpoint 'x'"), ((string?)condition["status"], (string?)condition["reason"], (string?)condition["message"]));
    }

    [Theory]
    [InlineData("RuntimeReady", "container runtime not ready: RuntimeReady=false reason:Why message:how")]
    [InlineData("NetworkReady", "container runtime network not ready: NetworkReady=false reason:Why message:how")]
    public void Condition_of_the_runtime_that_does_not_hold_makes_the_node_NotReady(string type, string message)
    {
        var status = new RuntimeStatus();
        foreach (var name in (string[])["RuntimeReady", "NetworkReady"]) status.Conditions.Add(new RuntimeCondition { Type = name, Status = name != type, Reason = "Why", Message = "how" });
        var ready = (NodeHealth.Well with { RuntimeTrouble = CriObservations.Trouble(status) }).Conditions()[3]!;
        Assert.Equal(("False", "KubeletNotReady", message), ((string?)ready["status"], (string?)ready["reason"], (string?)ready["message"]));
    }

    [Theory]
    [InlineData(99, 500, 300, "MemoryPressure=True")]
    [InlineData(4096, 99, 300, "DiskPressure=True")]
    [InlineData(4096, 500, 29600, "PIDPressure=True")]
    public void What_is_short_is_under_pressure(long memory, long disk, long tasks, string condition) =>
        Assert.Equal([condition], Statuses(NodeHealth.Well.After(new(memory * Mi, disk, 1000, tasks, 32768))).Where(one => one.EndsWith("Pressure=True", StringComparison.Ordinal)));

    [Fact]
    public void Pressure_goes_when_clearly_more_than_the_threshold_is_free()
    {
        var under = NodeHealth.Well.After(Plenty with { MemoryAvailable = 99 * Mi });
        Assert.True(under.After(Plenty with { MemoryAvailable = 119 * Mi }).MemoryPressure);
        Assert.False(under.After(Plenty with { MemoryAvailable = 121 * Mi }).MemoryPressure);
        Assert.False(NodeHealth.Well.After(Plenty with { MemoryAvailable = 101 * Mi }).MemoryPressure);
    }

    [Fact]
    public void Figures_are_read_as_the_kernel_writes_them()
    {
        Assert.Equal(7654 * 1024, NodeFigures.ParseMemory(["MemTotal:        9999 kB", "MemFree:  12 kB", "MemAvailable:       7654 kB"]));
        Assert.Equal(1234, NodeFigures.ParseTasks("0.20 0.18 0.12 1/1234 11206\n"));
        Assert.Throws<IOException>(() => NodeFigures.ParseMemory(["MemTotal: 1 kB"]));
    }

    private static IEnumerable<string> Statuses(NodeHealth health) => health.Conditions().Select(one => $"{one!["type"]}={one["status"]}");
}
