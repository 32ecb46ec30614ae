using System.Text;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>
/// The work of many clients on one control plane process, one kind after the other, so that its memory at the end is that after all of it. Asserts that nothing failed and nothing was missed,
/// never how long it took.
/// </summary>
[Trait("Category", "Performance")]
[Collection(nameof(AloneOnTheMachine))]
[TestCaseOrderer("Tests.Performance.DeclaredOrder", "Tests")]
public sealed class LoadBenchmarks(ControlPlaneUnderTest plane, ITestOutputHelper output) : IClassFixture<ControlPlaneUnderTest>
{
    private readonly FigureTable _figures = new(output);

    [Fact, Order(1)]
    public async Task ConfigMaps_written_and_read() => await ConfigMapLoad.Run(plane, _figures, await Namespace("configmaps") + "/configmaps", FigureTable.Scaled(10_000));

    [Fact, Order(2)]
    public async Task Watch_fans_out() => await WatchFanOut.Run(plane, _figures, await Namespace("watch") + "/configmaps", watchers: 100, FigureTable.Scaled(300));

    [Fact, Order(3)]
    public async Task Pods_are_scheduled_and_deployed()
    {
        await Namespace("pods");
        var nodes = await FakeNodes.Register(plane, FigureTable.Scaled(1000));
        _figures.Add($"nodes, {nodes.Count}: create", nodes.Figure, cost: nodes.Cost);
        var load = new PodLoad(plane, _figures, "pods");
        await load.Schedule(FigureTable.Scaled(5000), nodes.Count);
        await load.Deploy(FigureTable.Scaled(1000));
    }

    private async Task<string> Namespace(string name)
    {
        await plane.Clients.Send(HttpMethod.Post, "/api/v1/namespaces", Encoding.UTF8.GetBytes($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{name}}}"}}"""));
        return $"/api/v1/namespaces/{name}";
    }
}
