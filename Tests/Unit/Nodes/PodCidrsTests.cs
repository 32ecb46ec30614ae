using System.Net;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Registration;
using Xunit;

namespace Tests.Unit.Nodes;

public sealed class PodCidrsTests
{
    [Fact]
    public void Ranges_cover_the_cluster_range_in_order_without_overlap()
    {
        var ranges = PodCidrs.Of("10.244.0.0/16", 24).ToArray();
        Assert.Equal(256, ranges.Length);
        Assert.Equal("10.244.0.0/24", ranges[0].ToString());
        Assert.Equal("10.244.255.0/24", ranges[^1].ToString());
        Assert.Equal(256, ranges.Select(PodCidrs.ClaimName).Distinct().Count());
    }

    [Fact]
    public void Range_of_version_six_is_cut_the_same_way() =>
        Assert.Equal(["fd00:10:244::/64", "fd00:10:244:1::/64"], PodCidrs.Of("fd00:10:244::/56", 64).Take(2).Select(range => range.ToString()));

    [Fact]
    public void Claim_is_named_after_its_range()
    {
        Assert.Equal("podcidr-10-244-3-0-24", PodCidrs.ClaimName(IPNetwork.Parse("10.244.3.0/24")));
        Assert.Equal("podcidr-fd00-10-244-64", PodCidrs.ClaimName(IPNetwork.Parse("fd00:10:244::/64")));
    }

    [Fact]
    public void Faulty_options_are_all_named() =>
        Assert.Equal(4, new NodeOptions { AgentLease = TimeSpan.Zero, FenceSlack = TimeSpan.Zero, NodePrefixLength = 8, ServiceCidr = "x" }.Validate().Count());
}
