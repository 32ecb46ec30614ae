using ControlPlane.Scheduling;
using Xunit;

namespace Tests.Unit.Scheduling;

public sealed class PodDemandTests
{
    private const string Mi = "1048576";

    private static PodDemand Read(string spec) => Some.Demand(spec: spec);

    [Fact]
    public void Requests_of_containers_add_up()
    {
        var demand = Read("""
            {"containers":[{"resources":{"requests":{"cpu":"250m","memory":"64Mi","nvidia.com/gpu":"1"}}},
                           {"resources":{"requests":{"cpu":"1","ephemeral-storage":"1Gi","nvidia.com/gpu":2}}}]}
            """);
        Assert.Equal(1250, demand.Requests.MilliCpu);
        Assert.Equal(64 * long.Parse(Mi), demand.Requests.Memory);
        Assert.Equal(1L << 30, demand.Requests.EphemeralStorage);
        Assert.Equal(3, demand.Requests.Of("nvidia.com/gpu"));
    }

    [Fact]
    public void Request_that_is_absent_is_the_limit()
    {
        var demand = Read("""{"containers":[{"resources":{"requests":{"cpu":"100m"},"limits":{"cpu":"2","memory":"1Gi"}}}]}""");
        Assert.Equal((100, 1L << 30), (demand.Requests.MilliCpu, demand.Requests.Memory));
    }

    [Theory]
    [InlineData("""{"containers":[{"resources":{"requests":{"cpu":"1"}}}],"initContainers":[{"resources":{"requests":{"cpu":"3"}}},{"resources":{"requests":{"cpu":"2"}}}]}""", 3000)]
    [InlineData("""{"containers":[{"resources":{"requests":{"cpu":"1"}}}],"initContainers":[{"resources":{"requests":{"cpu":"500m"}}}]}""", 1000)]
    // A sidecar runs beside the containers and beside the init containers after it, not beside those before it.
    [InlineData("""{"containers":[{"resources":{"requests":{"cpu":"1"}}}],"initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"2"}}}]}""", 3000)]
    [InlineData("""{"containers":[{"resources":{"requests":{"cpu":"1"}}}],"initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"2"}}},{"resources":{"requests":{"cpu":"3"}}}]}""", 5000)]
    [InlineData("""{"containers":[{"resources":{"requests":{"cpu":"1"}}}],"initContainers":[{"resources":{"requests":{"cpu":"3"}}},{"restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}}]}""", 3000)]
    [InlineData("""{"overhead":{"cpu":"250m"},"containers":[{"resources":{"requests":{"cpu":"1"}}}]}""", 1250)]
    public void Requests_follow_the_phases_of_a_pod(string spec, long milliCpu) => Assert.Equal(milliCpu, Read(spec).Requests.MilliCpu);

    [Fact]
    public void Container_without_requests_counts_a_default_for_priorities_only()
    {
        var demand = Read("""{"containers":[{},{"resources":{"requests":{"cpu":"1"}}}]}""");
        Assert.Equal(1000, demand.Requests.MilliCpu);
        Assert.Equal(1100, demand.ScoredMilliCpu);
        Assert.Equal(400 * long.Parse(Mi), demand.ScoredMemory);
    }

    [Fact]
    public void Ports_of_the_host_are_read_with_their_defaults()
    {
        Assert.Equal<HostPort>(
            [new("TCP", "", 80), new("UDP", "10.0.0.1", 53)],
            Read("""{"containers":[{"ports":[{"containerPort":8080,"hostPort":80},{"hostPort":53,"protocol":"UDP","hostIP":"10.0.0.1"},{"containerPort":9}]}]}""").Ports);
        Assert.Equal<HostPort>([new("TCP", "", 8080)], Read("""{"hostNetwork":true,"containers":[{"ports":[{"containerPort":8080}]}]}""").Ports);
    }

    [Fact]
    public void Pod_with_scheduling_gates_is_gated()
    {
        Assert.True(Read("""{"schedulingGates":[{"name":"g"}]}""").Gated);
        Assert.False(Read("""{"schedulingGates":[]}""").Gated);
    }
}
