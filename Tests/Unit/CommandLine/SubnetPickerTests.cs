using System.Net;
using ControlPlane.CommandLine.Clusters;
using CsCheck;
using Xunit;

namespace Tests.Unit.CommandLine;

public sealed class SubnetPickerTests
{
    [Fact]
    public void Pick_skips_networks_that_are_used_whole_or_in_part() => Assert.Equal(
        "10.98.9.0/24",
        SubnetPicker.Pick([IPNetwork.Parse("10.98.7.0/24"), IPNetwork.Parse("10.98.8.17/32")], 7));

    [Fact]
    public void Pick_everything_used_gives_none() => Assert.Null(SubnetPicker.Pick([IPNetwork.Parse("10.0.0.0/8")], 3));

    [Fact]
    public void Pick_never_touches_what_is_used() =>
        Gen.Select(Gen.Int[0, 255], Gen.Int[0, 255].List[0, 100]).Sample((first, taken) =>
        {
            var used = taken.Distinct().Select(third => IPNetwork.Parse($"10.98.{third}.0/24")).ToArray();
            var picked = SubnetPicker.Pick(used, first);
            return picked is not null && !used.Contains(IPNetwork.Parse(picked));
        });

    [Fact]
    public void ParseRoutes_reads_every_kind_of_line()
    {
        var routes = SubnetPicker.ParseRoutes("""
            default via 192.0.2.1 dev eth0
            192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2
            local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
            broadcast 192.0.2.255 dev eth0 table local proto kernel scope link src 192.0.2.2
            unreachable 10.1.0.0/16 dev lo

            """);

        Assert.Equal(["192.0.2.0/24", "127.0.0.0/8", "192.0.2.255/32", "10.1.0.0/16"], routes.Select(route => route.ToString()));
    }
}
