using System.Net.Sockets;
using NodeActor.Networking;
using Tests.Support;
using Tests.Unit.Networking;
using Xunit;

namespace Tests.EndToEnd.Proxy;

/// <summary>The proxy's rules in real network namespaces.</summary>
[Collection(nameof(ProxyLab))]
public sealed class NftServiceProxyTests
{
    private const string ClusterAddress = "10.96.0.10";
    private const int NodePort = 30080;

    [RootFact]
    public async Task ClusterIP_from_a_pod_reaches_pods_of_every_node()
    {
        await using var lab = await ProxyLab.Start();
        await lab.Apply([ProxyObjects.Service()], [ProxyLab.Ready((1, 1), (2, 1))]);

        Assert.Equal(["pod-11", "pod-21"], await ProxyLab.Answers(() => lab.Get("p12", ClusterAddress)));
        Assert.Equal(["pod-11", "pod-21"], await ProxyLab.Answers(() => lab.Get("n1", ClusterAddress)));
    }

    [RootFact]
    public async Task ClusterIP_of_the_pod_itself_and_its_neighbour_answers()
    {
        await using var lab = await ProxyLab.Start();
        await lab.Apply([ProxyObjects.Service()], [ProxyLab.Ready((1, 1))]);

        Assert.Equal("pod-11", await lab.Get("p11", ClusterAddress));
        Assert.Equal("pod-11", await lab.Get("p12", ClusterAddress));
    }

    [RootFact]
    public async Task Node_that_cannot_be_reached_is_reported_and_stops_neither_services_nor_other_routes()
    {
        await using var lab = await ProxyLab.Start();
        var report = await lab.Apply([ProxyObjects.Service()], [ProxyLab.Ready((1, 1), (2, 1))], (0, "garbage"), (3, lab.NodeAddress(255)), (4, lab.NodeAddress(4)));

        Assert.Equal("", report.Rules);
        Assert.Contains("10.244.0.0/24 via garbage: not an IPv4 range and address", report.Routes, StringComparison.Ordinal);
        Assert.Contains($"10.244.3.0/24 via {lab.NodeAddress(255)}", report.Routes, StringComparison.Ordinal);
        Assert.DoesNotContain("10.244.4.0/24", report.Routes, StringComparison.Ordinal);
        Assert.Equal(["10.244.2.0/24", "10.244.4.0/24"], await lab.Routes());
        Assert.Equal(["pod-11", "pod-21"], await ProxyLab.Answers(() => lab.Get("p12", ClusterAddress)));

        Assert.Equal(NetworkReport.Well, await lab.Apply([ProxyObjects.Service()], [ProxyLab.Ready((2, 2))]));
        Assert.Equal(["10.244.2.0/24"], await lab.Routes());
        Assert.Equal(["pod-22"], await ProxyLab.Answers(() => lab.Get("p12", ClusterAddress)));
    }

    [RootFact]
    public async Task NodePort_from_outside_answers_on_every_node()
    {
        await using var lab = await ProxyLab.Start();
        await lab.Apply([ProxyObjects.Service()], [ProxyLab.Ready((2, 1), (2, 2))]);
        using var client = Client();

        foreach (var node in new[] { 1, 2 })
        {
            Assert.Equal(["pod-21", "pod-22"], await ProxyLab.Answers(async () => (await client.GetStringAsync(new Uri($"http://{lab.NodeAddress(node)}:{NodePort}/"))).Trim()));
        }
    }

    [RootFact]
    public async Task Service_without_ready_pods_refuses_at_once()
    {
        await using var lab = await ProxyLab.Start();
        await lab.Apply([ProxyObjects.Service()], [ProxyObjects.Slice(("10.244.1.2", "node-1", false, false))]);

        Assert.Null(await lab.Get("p12", ClusterAddress));
        using var socket = new TcpClient();
        var refused = await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(lab.NodeAddress(1), NodePort));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [RootFact]
    public async Task Endpoint_that_leaves_keeps_its_connections_and_gets_no_new_ones()
    {
        await using var lab = await ProxyLab.Start();
        var echo = ProxyLab.Ready((1, 1));
        echo.Ports[0].Port = 9000;
        await lab.Apply([ProxyObjects.Service()], [echo]);
        using var socket = new TcpClient();
        await socket.ConnectAsync(lab.NodeAddress(2), NodePort);
        using var reader = new StreamReader(socket.GetStream());
        using var writer = new StreamWriter(socket.GetStream()) { AutoFlush = true };
        await writer.WriteLineAsync("before");
        Assert.Equal("before", await reader.ReadLineAsync());

        await lab.Apply([ProxyObjects.Service()], [ProxyLab.Ready((2, 2))]);
        await writer.WriteLineAsync("after");
        Assert.Equal("after", await reader.ReadLineAsync());
        using var client = Client();
        Assert.Equal(["pod-22"], await ProxyLab.Answers(async () => (await client.GetStringAsync(new Uri($"http://{lab.NodeAddress(2)}:{NodePort}/"))).Trim()));
    }

    [RootFact]
    public async Task Requests_during_many_changes_never_fail()
    {
        await using var lab = await ProxyLab.Start();
        await lab.Apply([ProxyObjects.Service()], [ProxyLab.Ready((1, 1), (2, 1))]);
        using var done = new CancellationTokenSource();
        using var client = Client();
        var requests = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var answered = 0;
            while (!done.IsCancellationRequested || answered < 50)
            {
                await client.GetStringAsync(new Uri($"http://{lab.NodeAddress(1 + (answered % 2))}:{NodePort}/"));
                answered++;
            }
            return answered;
        })).ToArray();
        (int, int)[][] sets = [[(1, 1), (1, 2)], [(2, 1)], [(1, 2), (2, 2)], [(1, 1), (1, 2), (2, 1), (2, 2)]];
        for (var change = 0; change < 150; change++) Assert.Equal(NetworkReport.Well, await lab.Apply([ProxyObjects.Service()], [ProxyLab.Ready(sets[change % sets.Length])]));
        await done.CancelAsync();

        Assert.All(await Task.WhenAll(requests), answered => Assert.True(answered >= 50));
    }

    private static HttpClient Client() => new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(15) };
}
