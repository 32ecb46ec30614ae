using System.Net;
using k8s.Models;
using NodeActor.Networking;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class NodeRoutesTests
{
    private const string Table = """
        default via 10.98.0.254 dev eth0 proto dhcp metric 100
        unreachable 10.97.0.0/16 proto static
        10.98.0.0/24 dev eth0 proto kernel scope link src 10.98.0.1
        10.98.0.128/25 via 10.98.0.253 dev eth0
        172.16.0.7 dev wg0 scope link
        10.99.0.0/24 proto static \	nexthop via 10.98.0.3 dev eth0 weight 1 \	nexthop via 10.98.0.4 dev eth1 weight 1
        10.244.2.0/24 via 10.98.0.2 dev eth0 proto 98
        10.244.3.0/24 via 10.244.3.0 dev actors.vxlan proto 98 onlink
        """;

    private static readonly NodeRoute Two = new("10.244.2.0/24", "10.98.0.2");
    private static readonly NodeRoute Three = new("10.244.3.0/24", "192.168.7.3");

    [Fact]
    public void Routes_lead_to_every_other_node_with_an_address() => Assert.Equal<NodeRoute>(
        [new("10.244.2.0/24", "10.98.0.2"), new("10.244.3.0/24", "10.98.0.3")],
        NodeRoutes.Of(new NodeName("n1"), [Node("n3", 3), Node("n1", 1), Node("n2", 2), new V1Node { Metadata = new V1ObjectMeta { Name = "new" } }]));

    [Theory]
    [InlineData("10.98.0.2", Reach.Link, "eth0")]
    [InlineData("10.98.0.200", Reach.Router, "eth0")]
    [InlineData("192.168.7.3", Reach.Router, "eth0")]
    [InlineData("172.16.0.7", Reach.Link, "wg0")]
    [InlineData("10.99.0.9", Reach.Router, "eth0")]
    [InlineData("10.97.0.1", Reach.None, "")]
    [InlineData("10.244.2.9", Reach.Router, "eth0")]
    public void Longest_prefix_of_others_routes_tells_how_an_address_is_reached(string address, Reach reach, string device) =>
        Assert.Equal((reach, device), RouteTable.Parse(Table).To(IPAddress.Parse(address)));

    [Fact]
    public void Without_a_route_an_address_is_not_reached() =>
        Assert.Equal(Reach.None, RouteTable.Parse("10.98.0.0/24 dev eth0 proto kernel scope link\n").To(IPAddress.Parse("192.0.2.1")).Reach);

    [Fact]
    public void Routes_that_stand_are_left_alone() => Assert.Empty(NodeRoutes.Batch(RouteTable.Parse(Table).Own, [new(Two, false), new(Three, true)]));

    [Fact]
    public void Batch_replaces_what_differs_and_removes_what_is_gone()
    {
        var own = RouteTable.Parse(Table + "\n10.244.4.0/24 via 10.98.0.4 dev eth0 proto 98\n10.244.5.0/24 via 10.98.0.5 dev eth0 proto 98\n").Own;

        Assert.Equal<string>(
            [
                "route replace 10.244.2.0/24 via 10.244.2.0 dev actors.vxlan onlink proto 98", "route replace 10.244.3.0/24 via 10.98.0.3 proto 98",
                "route replace 10.244.4.0/24 via 10.98.0.9 proto 98", "route del 10.244.5.0/24 proto 98",
            ],
            NodeRoutes.Batch(own, [new(Two, true), new(new("10.244.3.0/24", "10.98.0.3"), false), new(new("10.244.4.0/24", "10.98.0.9"), false)]));
    }

    [Fact]
    public void What_a_refused_route_was_to_replace_goes() => Assert.Equal<string>(
        ["route del 10.244.2.0/24 proto 98"],
        NodeRoutes.Stale(RouteTable.Parse(Table).Own, ["route replace 10.244.2.0/24 via 10.98.0.9 proto 98", "route replace 10.244.9.0/24 via 10.98.0.9 proto 98", "route del 10.244.3.0/24 proto 98"]));

    [Fact]
    public void Device_leaves_room_for_what_goes_around_a_packet()
    {
        const string links = "1: lo: <LOOPBACK> mtu 65536 state UNKNOWN\n2: eth0@if7: <UP> mtu 9000 state UP \\    link/ether 02:00:00:00:00:01 brd ff\n";
        const string overlay = "3: actors.vxlan: <UP> mtu 8950 state UNKNOWN \\    link/ether 02:62:0a:f4:01:00 brd ff\n";

        Assert.Equal<string>(
            [
                "link add actors.vxlan type vxlan id 98 dstport 4789 nolearning", "link set actors.vxlan address 02:62:0a:f4:01:00 mtu 8950 up",
                "addr flush dev actors.vxlan", "addr add 10.244.1.0/32 dev actors.vxlan",
            ],
            Overlay.DeviceLines(links, "eth0", "10.244.1.0/24"));
        Assert.Empty(Overlay.DeviceLines(links + overlay, "eth0", "10.244.1.0/24"));
        Assert.Equal("link set actors.vxlan address 02:62:0a:f4:09:00 mtu 8950 up", Overlay.DeviceLines(links + overlay, "eth0", "10.244.9.0/24")[0]);
        Assert.Equal("link set actors.vxlan address 02:62:0a:f4:01:00 mtu 1450 up", Overlay.DeviceLines(overlay, "eth0", "10.244.1.0/24")[0]);
    }

    [Fact]
    public void Ends_are_told_where_they_are_and_forgotten_when_they_go()
    {
        Assert.Equal<string>(
            ["neigh replace 10.244.3.0 lladdr 02:62:0a:f4:03:00 dev actors.vxlan nud permanent", "neigh del 10.244.8.0 dev actors.vxlan"],
            Overlay.NeighbourLines("10.244.2.0 lladdr 02:62:0a:f4:02:00 PERMANENT\n10.244.8.0 lladdr 02:62:0a:f4:08:00 PERMANENT\n", [Two, Three]));
        Assert.Equal<string>(
            ["fdb replace 02:62:0a:f4:03:00 dev actors.vxlan dst 192.168.7.3 self permanent", "fdb del 02:62:0a:f4:08:00 dev actors.vxlan dst 10.98.0.8 self"],
            Overlay.ForwardingLines("02:62:0a:f4:02:00 dst 10.98.0.2 self permanent\n02:62:0a:f4:03:00 dst 192.168.7.9 self permanent\n02:62:0a:f4:08:00 dst 10.98.0.8 self permanent\n", [Two, Three]));
    }

    [Theory]
    [InlineData("10.244.2.0/24", "10.98.0.2", true)]
    [InlineData("10.244.2.0/24", "garbage", false)]
    [InlineData("10.244.2.0/24", "1", false)]
    [InlineData("10.244.2.0/24", "fd00::1", false)]
    [InlineData("10.244.2.0/99", "10.98.0.2", false)]
    [InlineData("10.244.2.0/24 dev lo", "10.98.0.2", false)]
    public void Only_what_ip_can_read_is_given_to_it(string range, string gateway, bool valid) => Assert.Equal(valid, NodeRoutes.IsValid(new(range, gateway)));

    [Fact]
    public void Failures_name_the_lines_that_were_refused() => Assert.Equal<RefusedLine>(
        [new("b", "Error: Nexthop has invalid gateway."), new("c", "Error: one. two")],
        RefusedLine.Read(["a", "b", "c"], "Error: Nexthop has invalid gateway.\nCommand failed -:2\nError: one.\ntwo\nCommand failed -:3\n"));

    private static V1Node Node(string name, int index) => new()
    {
        Metadata = new V1ObjectMeta { Name = name },
        Spec = new V1NodeSpec { PodCIDR = $"10.244.{index}.0/24" },
        Status = new V1NodeStatus { Addresses = [new V1NodeAddress { Type = "InternalIP", Address = $"10.98.0.{index}" }] },
    };
}
