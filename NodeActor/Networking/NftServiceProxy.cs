using System.Collections.Immutable;
using k8s.Models;
using Shared.Processes;

namespace NodeActor.Networking;

/// <summary>
/// Programs services with nftables and pod routes with <c>ip</c>, in the network namespace this process runs in. A view that changes nothing
/// here costs no call of either.
/// </summary>
/// <param name="enter">What is put before each command; empty outside tests, where the namespace is another one.</param>
public sealed class NftServiceProxy(params ImmutableArray<string> enter) : IServiceProxy
{
    private readonly ParsedObjects<V1Service> _services = new();
    private readonly ParsedObjects<V1EndpointSlice> _slices = new();
    private readonly ParsedObjects<V1Node> _nodes = new();
    private string _rules = "";
    private ImmutableArray<NodeRoute>? _routes;

    /// <inheritdoc/>
    public async Task Apply(NetworkView view, CancellationToken stop)
    {
        await ApplyRoutes(NodeRoutes.Of(view.Node, _nodes.Of(view.Nodes)), stop);
        var rules = NftRuleset.Render(ServicePorts.Of(view.Node, _services.Of(view.Services), _slices.Of(view.EndpointSlices)), view.Network);
        if (rules == _rules) return;

        // Forgotten first: after a failure nobody knows which rules are in force.
        _rules = "";
        await Run("nft", ["-f", "-"], rules, stop);
        _rules = rules;
    }

    private async Task ApplyRoutes(ImmutableArray<NodeRoute> routes, CancellationToken stop)
    {
        if (_routes is { } known && known.SequenceEqual(routes)) return;
        _routes = null;
        var shown = await Run("ip", ["-4", "-o", "route", "show", "proto", $"{NodeRoutes.Protocol}"], "", stop);
        var batch = NodeRoutes.Batch(shown, routes);
        if (batch.Length > 0) await Run("ip", ["-batch", "-"], batch, stop);
        _routes = routes;
    }

    private Task<string> Run(string program, ImmutableArray<string> arguments, string input, CancellationToken stop)
    {
        var command = enter.Add(program).AddRange(arguments);
        return ExternalProgram.Run(command[0], command[1..], input, stop);
    }
}
