using System.Collections.Immutable;
using k8s.Models;
using Shared.Processes;

namespace NodeActor.Networking;

/// <summary>
/// Programs services with nftables and pod routes with <c>ip</c>, and forgets UDP flows that no longer lead anywhere with <c>conntrack</c>, in the network namespace this process runs in. A view that changes nothing
/// here costs no call of either.
/// </summary>
/// <param name="enter">What is put before each command; empty outside tests, where the namespace is another one.</param>
public sealed class NftServiceProxy(params ImmutableArray<string> enter) : IServiceProxy
{
    private readonly ParsedObjects<V1Service> _services = new();
    private readonly ParsedObjects<V1EndpointSlice> _slices = new();
    private readonly ParsedObjects<V1Node> _nodes = new();
    private ProgrammedServices? _programmed;
    private bool _inForce;

    // What the connection table was last freed of other flows for.
    private IReadOnlyCollection<UdpTarget> _flows = [];
    private ImmutableArray<NodeRoute>? _routes;

    /// <inheritdoc/>
    public async Task<NetworkReport> Apply(NetworkView view, CancellationToken stop)
    {
        // Services come first, and neither waits for the other to succeed: a node that can not be reached concerns its own pods only.
        var rules = await Trouble(() => ApplyRules(view, stop));
        var failed = "";
        var routes = await Trouble(async () => failed = await ApplyRoutes(NodeRoutes.Of(view.Node, _nodes.Of(view.Nodes)), stop));
        return new(rules, routes.Length > 0 ? routes : failed) { Skipped = _programmed?.Skipped ?? "" };
    }

    private static async Task<string> Trouble(Func<Task> apply)
    {
        try
        {
            await apply();
            return "";
        }
        catch (ProgramFailedException failed)
        {
            return failed.Message;
        }
    }

    private async Task ApplyRules(NetworkView view, CancellationToken stop)
    {
        if (_programmed?.IsFor(view) != true) (_programmed, _inForce) = (new(view.Node, view.Network), false);
        _programmed.Update(_services.Of(view.Services), _slices.Of(view.EndpointSlices));
        var steps = _inForce && !_programmed.Table.IsMostlyNew
            ? _programmed.Table.Changes()
            : [_programmed.Table.Whole(StickyClients.Read(await Run("nft", ["-j", "list", "sets", "ip"], "", stop)))];
        if (steps.Length > 0)
        {
            // Forgotten first: after a failure nobody knows which rules are in force.
            _inForce = false;
            foreach (var step in steps) await Run("nft", ["-f", "-"], step, stop);
            _programmed.Table.Written();
            _inForce = true;
        }
        if (!ReferenceEquals(_flows, _programmed.Udp)) await ForgetFlows(_programmed.Udp, stop);
        _flows = _programmed.Udp;
    }

    private async Task ForgetFlows(IReadOnlyCollection<UdpTarget> targets, CancellationToken stop)
    {
        if (targets.Count + _flows.Count == 0) return;
        var listed = await Run("conntrack", ["-L", "-f", "ipv4", "-p", "udp"], "", stop);
        var stale = UdpFlows.Stale(listed, targets, _flows);
        if (stale.Length > 0) await Run("conntrack", ["-R", "-"], string.Concat(stale.Select(flow => $"{flow}\n")), stop);
    }

    /// <returns>What failed, and why.</returns>
    private async Task<string> ApplyRoutes(ImmutableArray<NodeRoute> routes, CancellationToken stop)
    {
        if (_routes is { } known && known.SequenceEqual(routes)) return "";
        _routes = null;
        var shown = await Run("ip", ["-4", "-o", "route", "show", "proto", $"{NodeRoutes.Protocol}"], "", stop);
        var batch = NodeRoutes.Batch(shown, [.. routes.Where(NodeRoutes.IsValid)]);
        var failures = routes.Where(route => !NodeRoutes.IsValid(route)).Select(route => $"{route}: not an IPv4 range and address").ToList();
        if (batch.Length > 0)
        {
            var command = Command("ip", ["-force", "-batch", "-"]);
            var result = await ExternalProgram.TryRun(command[0], command[1..], string.Join('\n', batch) + "\n", stop);
            var refused = NodeRoutes.Failures(batch, result.Error);
            if (!result.Succeeded && refused.Length == 0) throw new ProgramFailedException($"'ip -batch' exited with {result.ExitCode}: {result.Error.Trim()}");
            failures.AddRange(refused);
        }
        if (failures.Count == 0) _routes = routes;
        return string.Join("; ", failures);
    }

    private Task<string> Run(string program, ImmutableArray<string> arguments, string input, CancellationToken stop)
    {
        var command = Command(program, arguments);
        return ExternalProgram.Run(command[0], command[1..], input, stop);
    }

    private ImmutableArray<string> Command(string program, ImmutableArray<string> arguments) => enter.Add(program).AddRange(arguments);
}
