using System.Text.Json.Nodes;
using CsCheck;
using NodeActor.Networking;
using Tests.Support;
using Tests.Unit.Networking;
using Xunit;

namespace Tests.EndToEnd.Proxy;

/// <summary>The table as the kernel has it.</summary>
[Collection(nameof(ProxyLab))]
public sealed class KernelTableTests
{
    [RootFact]
    public async Task Changes_lead_to_the_table_that_is_written_whole()
    {
        await using var lab = await ProxyLab.Start();
        await RandomServices.World.Array[15].SampleAsync(async worlds =>
        {
            foreach (var world in worlds) Assert.Equal(NetworkReport.Well, await lab.Apply(RandomServices.Services(world), RandomServices.Slices(world)));
            var changed = Normal(await lab.Table(json: true));
            lab.RestartProxies();
            Assert.Equal(NetworkReport.Well, await lab.Apply(RandomServices.Services(worlds[^1]), RandomServices.Slices(worlds[^1])));
            Assert.Equal(Normal(await lab.Table(json: true)), changed);
        }, iter: 2, threads: 1);
    }

    // Without handles, and in an order that does not come from the order in which things were made; rules stay in theirs.
    private static string Normal(string listed)
    {
        var (rules, places) = (new List<string>(), new Dictionary<string, int>());
        foreach (var item in JsonNode.Parse(listed)!["nftables"]!.AsArray())
        {
            var (kind, body) = item!.AsObject().Single();
            if (kind == "metainfo") continue;
            body!.AsObject().Remove("handle");
            if (body["elem"] is JsonArray elements) body["elem"] = new JsonArray([.. elements.Select(element => element!.ToJsonString()).Order(StringComparer.Ordinal).Select(element => JsonNode.Parse(element))]);
            var name = $"{kind} {body["chain"] ?? body["name"]}";
            places[name] = places.GetValueOrDefault(name) + 1;
            rules.Add($"{name} {places[name]:000} {body.ToJsonString()}");
        }
        return string.Join('\n', rules.Order(StringComparer.Ordinal));
    }
}
