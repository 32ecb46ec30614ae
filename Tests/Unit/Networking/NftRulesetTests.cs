using System.Runtime.CompilerServices;
using NodeActor.Networking;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class NftRulesetTests
{
    private static readonly NodeName Here = new("node-1");

    [Fact]
    public void Render_node_port_service_with_two_pods() => Golden(
        "node-port",
        NftRuleset.Render(
            ServicePorts.Of(Here, [ProxyObjects.Service()], [ProxyObjects.Slice(("10.244.1.2", "node-1", true, false), ("10.244.2.2", "node-2", true, false))]),
            ProxyObjects.Network));

    [Fact]
    public void Render_service_without_pods_refuses_its_node_port() =>
        Golden("no-pods", NftRuleset.Render(ServicePorts.Of(Here, [ProxyObjects.Service()], []), ProxyObjects.Network));

    [Fact]
    public void Render_sticky_clients_choose_by_their_address()
    {
        var service = ProxyObjects.Service();
        service.Spec.SessionAffinity = "ClientIP";
        var text = NftRuleset.Render(
            ServicePorts.Of(Here, [service], [ProxyObjects.Slice(("10.244.1.2", "node-1", true, false))]), ProxyObjects.Network);

        Assert.Contains("jhash ip saddr mod 1 seed 0x5eed vmap", text, StringComparison.Ordinal);
        Assert.DoesNotContain("numgen", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_local_policy_keeps_the_clients_address()
    {
        var service = ProxyObjects.Service();
        service.Spec.ExternalTrafficPolicy = "Local";
        var view = Assert.Single(ServicePorts.Of(Here, [service], [ProxyObjects.Slice(("10.244.1.2", "node-1", true, false))]));
        var chain = NftRuleset.Render([view], ProxyObjects.Network).Split("chain out_")[1].Split('}')[0];

        Assert.DoesNotContain("mark", chain, StringComparison.Ordinal);
    }

    private static void Golden(string name, string text, [CallerFilePath] string here = "")
    {
        var file = Path.Combine(Path.GetDirectoryName(here)!, "Golden", name + ".nft");
        Assert.True(File.Exists(file), $"There is no {file}; its text would be:\n{text}");
        Assert.Equal(File.ReadAllText(file), text);
    }
}
