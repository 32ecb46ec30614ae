using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace NodeActor.Networking;

/// <summary>
/// The VXLAN device over which the pods of nodes behind a router are reached. Both ends work out each other's addresses from the pod ranges, so nothing is
/// learned and nothing is told. Pure: lines for <c>ip -batch</c> and <c>bridge -batch</c>.
/// </summary>
public static class Overlay
{
    /// <summary>The device. It is there only while some node needs it.</summary>
    public const string Device = "actors.vxlan";

    /// <summary>The network identifier, and the UDP port (IANA's) that routers and firewalls between the nodes must let through.</summary>
    public const int Identifier = 98;
    public const int Port = 4789;

    // Outer Ethernet, IPv4, UDP and VXLAN headers.
    private const int Overhead = 50;

    /// <summary>The address of a node's end: the first of its pod range, which no pod gets.</summary>
    public static string Endpoint(string podCidr) => IPNetwork.Parse(podCidr).BaseAddress.ToString();

    /// <summary>The hardware address of a node's end: a locally administered one that holds the <see cref="Endpoint"/>.</summary>
    public static string HardwareAddress(string podCidr) =>
        $"02:62:{string.Join(':', IPNetwork.Parse(podCidr).BaseAddress.GetAddressBytes().Select(part => part.ToString("x2", CultureInfo.InvariantCulture)))}";

    /// <summary>What makes the device, or makes it right. Packets with what goes around them fit the link they leave by.</summary>
    /// <param name="links">What <c>ip -o link show</c> printed.</param>
    /// <param name="uplink">The device by which the other nodes are reached.</param>
    public static ImmutableArray<string> DeviceLines(string links, string uplink, string podCidr)
    {
        var mtu = (Mtu(Link(links, uplink)) ?? 1500) - Overhead;
        var (device, hardware) = (Link(links, Device), HardwareAddress(podCidr));
        if (device.Length > 0 && Mtu(device) == mtu && After(device, "link/ether") == hardware) return [];
        var add = device.Length > 0 ? [] : ImmutableArray.Create($"link add {Device} type vxlan id {Identifier} dstport {Port} nolearning");
        return [.. add, $"link set {Device} address {hardware} mtu {mtu} up", $"addr flush dev {Device}", $"addr add {Endpoint(podCidr)}/32 dev {Device}"];
    }

    /// <summary>Whether the device is there.</summary>
    public static bool Exists(string links) => Link(links, Device).Length > 0;

    /// <summary>For <c>ip</c>: from what <c>ip -4 neigh show dev</c> printed to the ends of these routes.</summary>
    public static ImmutableArray<string> NeighbourLines(string shown, IReadOnlyCollection<NodeRoute> routes)
    {
        var present = Words(shown).Select(words => (words[0], After(words, "lladdr"))).ToHashSet();
        var wanted = routes.Select(route => (Address: Endpoint(route.PodCidr), Hardware: HardwareAddress(route.PodCidr))).ToHashSet();
        var addresses = wanted.Select(end => end.Address).ToHashSet();
        return
        [
            .. wanted.Where(end => !present.Contains(end)).Select(end => $"neigh replace {end.Address} lladdr {end.Hardware} dev {Device} nud permanent"),
            .. present.Where(end => !addresses.Contains(end.Item1)).Select(end => $"neigh del {end.Item1} dev {Device}"),
        ];
    }

    /// <summary>For <c>bridge</c>: from what <c>bridge fdb show dev</c> printed to the machines behind these routes.</summary>
    public static ImmutableArray<string> ForwardingLines(string shown, IReadOnlyCollection<NodeRoute> routes)
    {
        var present = Words(shown).Select(words => (words[0], After(words, "dst"))).ToHashSet();
        var wanted = routes.Select(route => (Hardware: HardwareAddress(route.PodCidr), Machine: route.Gateway)).ToHashSet();
        var kept = wanted.Select(end => end.Hardware).ToHashSet();
        return
        [
            .. wanted.Where(end => !present.Contains(end)).Select(end => $"fdb replace {end.Hardware} dev {Device} dst {end.Machine} self permanent"),
            .. present.Where(end => !kept.Contains(end.Item1) && end.Item2.Length > 0).Select(end => $"fdb del {end.Item1} dev {Device} dst {end.Item2} self"),
        ];
    }

    private static string[] Link(string links, string device) =>
        Words(links).FirstOrDefault(words => words.Length > 1 && words[1].TrimEnd(':').Split('@')[0] == device) ?? [];

    private static int? Mtu(string[] link) => int.TryParse(After(link, "mtu"), CultureInfo.InvariantCulture, out var mtu) ? mtu : null;

    private static IEnumerable<string[]> Words(string shown) =>
        shown.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string After(string[] words, string word) => Array.IndexOf(words, word) is var at and >= 0 && at + 1 < words.Length ? words[at + 1] : "";
}
