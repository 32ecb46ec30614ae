using k8s.Models;
using Shared.Processes;

namespace NodeActor.Networking;

/// <summary>
/// Programs services with nftables, forgets UDP flows that no longer lead anywhere with <c>conntrack</c>, and has the routes to other nodes' pods programmed
/// (<see cref="PodRoutes"/>), in the network namespace this process runs in. A view that changes nothing here costs no call of any program.
/// </summary>
public sealed class NftServiceProxy(NetworkPrograms programs) : IServiceProxy
{
    private readonly ParsedObjects<V1Service> _services = new();
    private readonly ParsedObjects<V1EndpointSlice> _slices = new();
    private readonly ParsedObjects<V1Node> _nodes = new();
    private readonly PodRoutes _routes = new(programs);
    private ProgrammedServices? _programmed;
    private bool _inForce;

    // What the connection table was last freed of other flows for.
    private IReadOnlyCollection<UdpTarget> _flows = [];

    /// <inheritdoc/>
    public async Task<NetworkReport> Apply(NetworkView view, CancellationToken stop)
    {
        // Services come first, and neither waits for the other to succeed: a node that can not be reached concerns its own pods only.
        var rules = await Trouble(() => ApplyRules(view, stop));
        var failed = "";
        var routes = await Trouble(async () => failed = await _routes.Apply(NodeRoutes.Of(view.Node, _nodes.Of(view.Nodes)), view.Network.PodCidr, stop));
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
            : [_programmed.Table.Whole(StickyClients.Read(await programs.Run("nft", ["-j", "list", "sets", "ip"], stop)))];
        if (steps.Length > 0)
        {
            // Forgotten first: after a failure nobody knows which rules are in force.
            _inForce = false;
            foreach (var step in steps) await programs.Run("nft", ["-f", "-"], stop, step);
            _programmed.Table.Written();
            _inForce = true;
        }
        if (!ReferenceEquals(_flows, _programmed.Udp)) await ForgetFlows(_programmed.Udp, stop);
        _flows = _programmed.Udp;
    }

    private async Task ForgetFlows(IReadOnlyCollection<UdpTarget> targets, CancellationToken stop)
    {
        if (targets.Count + _flows.Count == 0) return;
        var listed = await programs.Run("conntrack", ["-L", "-f", "ipv4", "-p", "udp"], stop);
        var stale = UdpFlows.Stale(listed, targets, _flows);
        if (stale.Length > 0) await programs.Run("conntrack", ["-R", "-"], stop, string.Concat(stale.Select(flow => $"{flow}\n")));
    }
}
