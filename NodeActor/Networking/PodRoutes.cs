using System.Collections.Immutable;
using System.Net;
using Shared.Processes;

namespace NodeActor.Networking;

/// <summary>
/// Programs how the pods of other nodes are reached, in the network namespace this process runs in: by a route over a node on one link with this one, over a
/// VXLAN device to a node behind a router. What is programmed already is found and kept, whoever's it was; the same routes again cost no call.
/// </summary>
/// <param name="enter">What is put before each command; empty outside tests, where the namespace is another one.</param>
public sealed class PodRoutes(ImmutableArray<string> enter)
{
    private (ImmutableArray<NodeRoute> Routes, string PodCidr)? _programmed;

    /// <returns>What failed, and why; empty if every node's pods can be reached. Each route stands by itself.</returns>
    /// <exception cref="ProgramFailedException">Nothing could be looked at.</exception>
    public async Task<string> Apply(ImmutableArray<NodeRoute> routes, string podCidr, CancellationToken stop)
    {
        if (_programmed is { } known && known.PodCidr == podCidr && known.Routes.SequenceEqual(routes)) return "";
        _programmed = null;
        var table = RouteTable.Parse(await Run("ip", "-4", "-o", "route", "show"));
        var ways = routes.Where(NodeRoutes.IsValid).Select(route => (Route: route, Way: table.To(IPAddress.Parse(route.Gateway)))).ToArray();
        var failures = routes.Where(route => !NodeRoutes.IsValid(route)).Select(route => $"{route}: not an IPv4 range and address").ToList();
        failures.AddRange(ways.Where(way => way.Way.Reach == Reach.None).Select(way => $"{way.Route}: no route leads to that address"));

        var distant = ways.Where(way => way.Way.Reach == Reach.Router).Select(way => way.Route).ToArray();
        var links = await Run("ip", "-o", "link", "show");
        if (distant.Length > 0)
        {
            var troubles = await ApplyOverlay(links, distant, ways.First(way => way.Way.Reach == Reach.Router).Way.Device, podCidr);
            failures.AddRange(troubles);
        }

        var wanted = ways.Where(way => way.Way.Reach != Reach.None).Select(way => new ProgrammedRoute(way.Route, way.Way.Reach == Reach.Router)).ToArray();
        var lines = NodeRoutes.Batch(table.Own, wanted);
        var refused = await Batch("ip", lines);
        failures.AddRange(refused.Select(failure => $"{failure.Line}: {failure.Why}"));

        // Where the new way is refused, the old one is no way either.
        var stale = NodeRoutes.Stale(table.Own, refused.Select(failure => failure.Line));
        failures.AddRange((await Batch("ip", stale)).Select(failure => $"{failure.Line}: {failure.Why}"));
        if (distant.Length == 0 && Overlay.Exists(links)) await Run("ip", "link", "del", Overlay.Device);
        if (failures.Count == 0) _programmed = (routes, podCidr);
        return string.Join("; ", failures);

        Task<string> Run(string program, params ImmutableArray<string> arguments)
        {
            var command = Command(program, arguments);
            return ExternalProgram.Run(command[0], command[1..], "", stop);
        }

        async Task<ImmutableArray<(string Line, string Why)>> Batch(string program, ImmutableArray<string> batch)
        {
            if (batch.Length == 0) return [];
            var command = Command(program, ["-force", "-batch", "-"]);
            var result = await ExternalProgram.TryRun(command[0], command[1..], string.Join('\n', batch) + "\n", stop);
            var failed = NodeRoutes.Failures(batch, result.Error);
            if (!result.Succeeded && failed.Length == 0) throw new ProgramFailedException($"'{program} -batch' exited with {result.ExitCode}: {result.Error.Trim()}");
            return failed;
        }

        async Task<IEnumerable<string>> ApplyOverlay(string shown, NodeRoute[] over, string uplink, string range)
        {
            var made = await Batch("ip", Overlay.DeviceLines(shown, uplink, range));
            if (made.Length > 0) return made.Select(failure => $"{failure.Line}: {failure.Why}");
            var neighbours = await Batch("ip", Overlay.NeighbourLines(await Run("ip", "-4", "neigh", "show", "dev", Overlay.Device), over));
            var machines = await Batch("bridge", Overlay.ForwardingLines(await Run("bridge", "fdb", "show", "dev", Overlay.Device), over));
            return neighbours.Concat(machines).Select(failure => $"{failure.Line}: {failure.Why}");
        }
    }

    private ImmutableArray<string> Command(string program, ImmutableArray<string> arguments) => enter.Add(program).AddRange(arguments);
}
