using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using k8s;
using k8s.Models;
using NodeActor.Networking;
using Shared.Api;
using Shared.Processes;
using Tests.Support;
using Tests.Unit.Networking;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>
/// What a change of one endpoint costs with many Services, from the view to the kernel, in a network namespace of its own. Prints figures and asserts only that
/// all was programmed. Run with <c>--filter Category=Performance</c>.
/// </summary>
[Trait("Category", "Performance")]
[Collection(nameof(AloneOnTheMachine))]
public sealed class ProxySpeed(ITestOutputHelper output)
{
    private const int Services = 1000;
    private const int Endpoints = 10;
    private const int Changes = 40;
    private long _revision;

    [RootFact]
    public async Task Changing_one_endpoint_of_many_services()
    {
        var figures = new FigureTable(output);
        var (services, endpoints) = (FigureTable.Scaled(Services), Endpoints);
        var space = $"pxs{Environment.ProcessId % 100000}";
        await ExternalProgram.Run("ip", ["netns", "add", space]);
        try
        {
            var all = Enumerable.Range(0, services).Select(i => Followed("services", ProxyObjects.Service($"s{i}", $"10.96.{1 + i / 200}.{1 + i % 200}", 0))).ToImmutableArray();
            var slices = Enumerable.Range(0, services).Select(i => Followed("endpointslices", Slice(i, endpoints))).ToImmutableArray();
            for (var round = 0; round < 3; round++)
            {
                var proxy = new NftServiceProxy(new(["nsenter", $"--net=/run/netns/{space}"]));
                var whole = await Apply(proxy, all, slices);
                figures.Add($"service proxy, {services} Services x {endpoints}: whole table", (FormattableString)$"{whole.TotalMilliseconds:0} ms");
                var took = new List<double>();
                for (var change = 0; change < Changes; change++)
                {
                    var which = change * 7 % services;
                    slices = slices.SetItem(which, Followed("endpointslices", Slice(which, endpoints - ((round + 1) % 2))));
                    took.Add((await Apply(proxy, all, slices)).TotalMilliseconds);
                }
                took.Sort();
                figures.Add($"service proxy, {services} Services x {endpoints}: one change", (FormattableString)$"median {took[Changes / 2]:0.0} ms, worst {took[^1]:0.0} ms", "<= 20 ms");
            }
        }
        finally
        {
            await ExternalProgram.Run("ip", ["netns", "del", space]);
        }
    }

    private async Task<TimeSpan> Apply(NftServiceProxy proxy, ImmutableArray<FollowedObject> services, ImmutableArray<FollowedObject> slices)
    {
        var view = new NetworkView(new NodeName("node-1"), _revision, ProxyObjects.Network, services, slices, []);
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(NetworkReport.Well, await proxy.Apply(view, CancellationToken.None));
        return Stopwatch.GetElapsedTime(started);
    }

    private static V1EndpointSlice Slice(int service, int endpoints) => ProxyObjects.SliceOf($"s{service}",
        [.. Enumerable.Range(0, endpoints).Select(i => ($"10.244.{1 + service / 25}.{1 + (service % 25 * 10) + i}", "node-1", true, false))]);

    private FollowedObject Followed<T>(string resource, T model)
        where T : IKubernetesObject<V1ObjectMeta> =>
        new(new ObjectKey("", resource, "default", model.Metadata.Name), ++_revision, Encoding.UTF8.GetBytes(KubernetesJson.Serialize(model)));
}
