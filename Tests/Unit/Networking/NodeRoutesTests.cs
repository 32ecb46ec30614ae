using k8s.Models;
using NodeActor.Networking;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class NodeRoutesTests
{
    [Fact]
    public void Routes_lead_to_every_other_node_with_an_address() => Assert.Equal<NodeRoute>(
        [new("10.244.2.0/24", "10.98.0.2"), new("10.244.3.0/24", "10.98.0.3")],
        NodeRoutes.Of(new NodeName("n1"), [Node("n3", 3), Node("n1", 1), Node("n2", 2), new V1Node { Metadata = new V1ObjectMeta { Name = "new" } }]));

    [Fact]
    public void Batch_replaces_what_differs_and_removes_what_is_gone()
    {
        var shown = "10.244.2.0/24 via 10.98.0.2 dev eth0\n10.244.3.0/24 via 10.98.0.9 dev eth0\n10.244.4.0/24 via 10.98.0.4 dev eth0\n";
        var batch = NodeRoutes.Batch(shown, [new("10.244.2.0/24", "10.98.0.2"), new("10.244.3.0/24", "10.98.0.3")]);

        Assert.Equal<string>(["route replace 10.244.3.0/24 via 10.98.0.3 proto 98", "route del 10.244.4.0/24 proto 98"], batch);
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
    public void Failures_name_the_lines_that_were_refused() => Assert.Equal<string>(
        ["b: Error: Nexthop has invalid gateway.", "c: Error: one. two"],
        NodeRoutes.Failures(["a", "b", "c"], "Error: Nexthop has invalid gateway.\nCommand failed -:2\nError: one.\ntwo\nCommand failed -:3\n"));

    private static V1Node Node(string name, int index) => new()
    {
        Metadata = new V1ObjectMeta { Name = name },
        Spec = new V1NodeSpec { PodCIDR = $"10.244.{index}.0/24" },
        Status = new V1NodeStatus { Addresses = [new V1NodeAddress { Type = "InternalIP", Address = $"10.98.0.{index}" }] },
    };
}
