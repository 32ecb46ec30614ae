using NodeActor.Networking;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.Proxy;

/// <summary>Pods of nodes that are on one link, and of nodes that are not, with the kernel's own routing.</summary>
public sealed class PodRoutesTests
{
    [RootFact]
    public async Task Pods_reach_each_other_whether_a_router_is_between_their_nodes_or_not()
    {
        await using var lab = await RoutedLab.Start();
        await lab.ApplyAll();

        // Each sees the other's own address.
        foreach (var (from, to) in new[] { (1, 2), (2, 1), (1, 3), (3, 2) }) Assert.Equal(RoutedLab.PodAddress(from), await lab.Get($"p{from}", to));
        Assert.Equal("10.244.1.0", await lab.Get("n1", 2));

        // Full packets of a pod do not fit with what goes around them: the node says so, and the pod sends smaller ones.
        Assert.Equal(RoutedLab.Large, (await lab.Get("p1", 2, "/large"))!.Length);
        Assert.Equal(RoutedLab.Large, (await lab.Get("p2", 1, "/large"))!.Length);

        // On one link nothing is wrapped.
        Assert.Contains("via 192.168.1.3", await lab.Run("n1", "ip", "route", "get", RoutedLab.PodAddress(3)), StringComparison.Ordinal);
        Assert.Contains($"dev {Overlay.Device}", await lab.Run("n1", "ip", "route", "get", RoutedLab.PodAddress(2)), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task What_stands_is_kept_by_an_agent_that_starts_anew_and_follows_what_it_is_told()
    {
        await using var lab = await RoutedLab.Start();
        await lab.ApplyAll();
        var device = await lab.Run("n1", "ip", "-o", "link", "show", Overlay.Device);
        lab.Restart(1);
        Assert.Equal("", await lab.Apply(1, RoutedLab.Route(2), RoutedLab.Route(3)));
        Assert.Equal(device, await lab.Run("n1", "ip", "-o", "link", "show", Overlay.Device));
        Assert.Equal(RoutedLab.PodAddress(1), await lab.Get("p1", 2));

        // Node 2 gets another address of its subnet.
        await lab.Run("n2", "ip", "addr", "del", "192.168.2.2/24", "dev", "eth0");
        await lab.Run("n2", "ip", "addr", "add", "192.168.2.9/24", "dev", "eth0");
        await lab.Run("n2", "ip", "route", "replace", "default", "via", "192.168.2.254");
        Assert.Equal("", await lab.Apply(1, new NodeRoute(RoutedLab.PodRange(2), "192.168.2.9"), RoutedLab.Route(3)));
        Assert.Equal(RoutedLab.PodAddress(1), await lab.Get("p1", 2));

        // The last node behind a router goes, and the device with it.
        Assert.Equal("", await lab.Apply(1, RoutedLab.Route(3)));
        Assert.DoesNotContain(Overlay.Device, await lab.Run("n1", "ip", "-o", "link", "show"), StringComparison.Ordinal);
        Assert.Equal("10.244.3.0/24", (await lab.Run("n1", "ip", "-4", "-o", "route", "show", "proto", "98")).Split(' ')[0]);
    }

    [RootFact]
    public async Task Node_that_comes_onto_the_link_and_leaves_it_again_is_reached_either_way()
    {
        await using var lab = await RoutedLab.Start();
        await lab.ApplyAll();
        await lab.Run("n3", "ip", "addr", "add", "192.168.3.3/24", "dev", "eth0");
        await lab.Run("r", "ip", "addr", "add", "192.168.3.254/24", "dev", "one");
        var moved = new NodeRoute(RoutedLab.PodRange(3), "192.168.3.3");
        Assert.Equal("", await lab.Apply(1, RoutedLab.Route(2), moved));
        Assert.Contains($"dev {Overlay.Device}", await lab.Run("n1", "ip", "route", "get", RoutedLab.PodAddress(3)), StringComparison.Ordinal);
        Assert.Equal(RoutedLab.PodAddress(1), await lab.Get("p1", 3));
        Assert.Equal("", await lab.Apply(1, RoutedLab.Route(2), RoutedLab.Route(3)));
        Assert.Contains("via 192.168.1.3", await lab.Run("n1", "ip", "route", "get", RoutedLab.PodAddress(3)), StringComparison.Ordinal);
        Assert.DoesNotContain("192.168.3.3", await lab.Run("n1", "bridge", "fdb", "show", "dev", Overlay.Device), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Way_that_the_kernel_refuses_takes_the_old_one_along_and_stops_no_other()
    {
        await using var lab = await RoutedLab.Start();
        await lab.ApplyAll();

        // An address of the link that is no node's: it is everybody's.
        var failures = await lab.Apply(1, new NodeRoute(RoutedLab.PodRange(3), "192.168.1.255"), RoutedLab.Route(2));
        Assert.Contains("route replace 10.244.3.0/24 via 192.168.1.255", failures, StringComparison.Ordinal);
        Assert.DoesNotContain("10.244.2.0", failures, StringComparison.Ordinal);
        Assert.Equal("10.244.2.0/24", (await lab.Run("n1", "ip", "-4", "-o", "route", "show", "proto", "98")).Split(' ')[0]);

        await lab.Run("n1", "ip", "route", "del", "default");
        lab.Restart(1);
        Assert.Equal("10.244.2.0/24 via 192.168.2.2: no route leads to that address", await lab.Apply(1, RoutedLab.Route(2), RoutedLab.Route(3)));
        Assert.Equal("10.244.3.0/24", (await lab.Run("n1", "ip", "-4", "-o", "route", "show", "proto", "98")).Split(' ')[0]);
    }
}
