using NodeActor.Networking;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class UdpFlowsTests
{
    private const string ToPod = "udp      17 29 src=10.244.1.3 dst=10.96.0.10 sport=4000 dport=53 src=10.244.2.2 dst=10.244.1.3 sport=8053 dport=4000 [ASSURED] mark=0 use=1\n";
    private const string ToNobody = "udp      17 29 src=10.244.1.3 dst=10.96.0.10 sport=4001 dport=53 [UNREPLIED] src=10.96.0.10 dst=10.244.1.3 sport=53 dport=4001 mark=0 use=1\n";
    private const string ToNodePort = "udp      17 29 src=198.51.100.1 dst=192.0.2.1 sport=4002 dport=30053 src=10.244.2.2 dst=192.0.2.1 sport=8053 dport=4002 mark=16384 use=1\n";
    private static readonly ServiceBackend Pod = new("10.244.2.2", 8053);
    private static readonly ServiceBackend Another = new("10.244.2.3", 8053);

    [Fact]
    public void Flow_to_a_pod_that_is_behind_the_service_stays() => Assert.Empty(UdpFlows.Stale(ToPod + ToNodePort, [Cluster(Pod, Another), NodePort(Pod)], []));

    [Fact]
    public void Flow_to_a_pod_that_left_goes()
    {
        Assert.Equal("-D -f ipv4 -p udp -s 10.244.1.3 -d 10.96.0.10 --sport 4000 --dport 53", Assert.Single(UdpFlows.Stale(ToPod, [Cluster(Another)], [])));
        Assert.Equal("-D -f ipv4 -p udp -s 198.51.100.1 -d 192.0.2.1 --sport 4002 --dport 30053", Assert.Single(UdpFlows.Stale(ToNodePort, [NodePort(Another)], [])));
    }

    [Fact]
    public void Flow_of_a_service_that_is_gone_goes() => Assert.Single(UdpFlows.Stale(ToPod, [], [Cluster(Pod)]));

    [Fact]
    public void Flow_to_nobody_goes_once_there_is_somebody()
    {
        Assert.Empty(UdpFlows.Stale(ToNobody, [Cluster()], []));
        Assert.Single(UdpFlows.Stale(ToNobody, [Cluster(Pod)], []));
    }

    [Fact]
    public void Flow_of_no_service_is_left_alone() => Assert.Empty(UdpFlows.Stale(ToPod + ToNodePort, [new("10.96.0.11", 53, [Another]), new("", 30054, [])], []));

    private static UdpTarget Cluster(params ServiceBackend[] backends) => new("10.96.0.10", 53, [.. backends]);

    private static UdpTarget NodePort(params ServiceBackend[] backends) => new("", 30053, [.. backends]);
}
