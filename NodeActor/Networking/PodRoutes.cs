using System.Collections.Immutable;
using System.Net;
using Shared.Processes;

namespace NodeActor.Networking;

/// <summary>
/// Programs how the pods of other nodes are reached, in the network namespace this process runs in: by a route over a node on one link with this one, over a
/// VXLAN device to a node behind a router. What is programmed already is found and kept, whoever's it was; the same routes again cost no call.
/// </summary>
public sealed class PodRoutes(NetworkPrograms programs)
{
    private (ImmutableArray<NodeRoute> Routes, string PodCidr)? _programmed;

    /// <returns>What failed, and why; empty if every node's pods can be reached. Each route stands by itself.</returns>
    /// <exception cref="ProgramFailedException">Nothing could be looked at.</exception>
    public async Task<string> Apply(ImmutableArray<NodeRoute> routes, string podCidr, CancellationToken stop)
    {
        if (_programmed is { } known && known.PodCidr == podCidr && known.Routes.SequenceEqual(routes)) return "";
        _programmed = null;
        var table = RouteTable.Parse(await programs.Run("ip", ["-4", "-o", "route", "show"], stop));
        var links = await programs.Run("ip", ["-o", "link", "show"], stop);
        var ways = routes.Where(NodeRoutes.IsValid).Select(route => (Route: route, To: table.To(IPAddress.Parse(route.Gateway)))).ToArray();
        var distant = ways.Where(way => way.To.Reach == Reach.Router).ToArray();
        var failures = routes.Where(route => !NodeRoutes.IsValid(route)).Select(route => $"{route}: not an IPv4 range and address").ToList();
        failures.AddRange(ways.Where(way => way.To.Reach == Reach.None).Select(way => $"{way.Route}: no route leads to that address"));
        if (distant.Length > 0) failures.AddRange(Texts(await ApplyOverlay(links, [.. distant.Select(way => way.Route)], distant[0].To.Device, podCidr, stop)));

        var wanted = ways.Where(way => way.To.Reach != Reach.None).Select(way => new ProgrammedRoute(way.Route, way.To.Reach == Reach.Router)).ToArray();
        var refused = await programs.Batch("ip", NodeRoutes.Batch(table.Own, wanted), stop);
        failures.AddRange(Texts(refused));

        // Where the new way is refused, the old one is no way either.
        failures.AddRange(Texts(await programs.Batch("ip", NodeRoutes.Stale(table.Own, refused.Select(line => line.Line)), stop)));
        if (distant.Length == 0 && Overlay.Exists(links)) await programs.Run("ip", ["link", "del", Overlay.Device], stop);
        if (failures.Count == 0) _programmed = (routes, podCidr);
        return string.Join("; ", failures);
    }

    private async Task<ImmutableArray<RefusedLine>> ApplyOverlay(string links, ImmutableArray<NodeRoute> routes, string uplink, string podCidr, CancellationToken stop)
    {
        var made = await programs.Batch("ip", Overlay.DeviceLines(links, uplink, podCidr), stop);
        if (made.Length > 0) return made;
        var neighbours = await programs.Batch("ip", Overlay.NeighbourLines(await programs.Run("ip", ["-4", "neigh", "show", "dev", Overlay.Device], stop), routes), stop);
        var machines = await programs.Batch("bridge", Overlay.ForwardingLines(await programs.Run("bridge", ["fdb", "show", "dev", Overlay.Device], stop), routes), stop);
        return neighbours.AddRange(machines);
    }

    private static IEnumerable<string> Texts(IEnumerable<RefusedLine> refused) => refused.Select(line => line.ToString());
}
