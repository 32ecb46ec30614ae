using System.Net;
using System.Net.Sockets;
using System.Text;
using k8s.Models;
using Tests.Support;
using Tests.Unit.Networking;
using Xunit;

namespace Tests.EndToEnd.Proxy;

/// <summary>UDP flows that outlive what made them: each test asks again from the same port, which for the kernel is the same flow.</summary>
[Collection(nameof(ProxyLab))]
public sealed class UdpServiceTests
{
    private const string ClusterAddress = "10.96.0.53";
    private const int NodePort = 30053;

    [RootFact]
    public async Task Flow_to_a_pod_that_leaves_goes_to_the_next_one_and_nowhere_without_one()
    {
        await using var lab = await ProxyLab.Start();
        using var first = Server(lab, "p11");
        using var second = Server(lab, "p21");
        using var client = lab.Open("p12", SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(ClusterAddress, 53);

        await lab.Apply([Service()], [Slice((1, 1))]);
        Assert.Equal("p11", await Ask(client));
        await lab.Apply([Service()], [Slice((2, 1))]);
        Assert.Equal("p21", await Ask(client));
        await lab.Apply([Service()], []);
        Assert.Equal("ConnectionRefused", await Ask(client));
        await lab.Apply([Service()], [Slice((1, 1))]);
        Assert.Equal("p11", await Ask(client));
    }

    [RootFact]
    public async Task Flow_that_went_nowhere_goes_to_the_first_pod()
    {
        await using var lab = await ProxyLab.Start();
        using var server = Server(lab, "p21");
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(lab.NodeAddress(1), NodePort);

        await lab.Apply([ProxyObjects.Service()], []);
        Assert.Equal("ConnectionRefused", await Ask(client));
        await lab.Apply([Service()], [Slice((2, 1))]);
        Assert.Equal("p21", await Ask(client));
    }

    [RootFact]
    public async Task Flow_that_was_there_before_the_agent_is_looked_at_too()
    {
        await using var lab = await ProxyLab.Start();
        using var first = Server(lab, "p11");
        using var second = Server(lab, "p21");
        using var client = lab.Open("p12", SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(ClusterAddress, 53);
        await lab.Apply([Service()], [Slice((1, 1))]);
        Assert.Equal("p11", await Ask(client));

        lab.RestartProxies();
        await lab.Apply([Service()], [Slice((2, 1))]);
        Assert.Equal("p21", await Ask(client));
    }

    private static V1Service Service()
    {
        var service = ProxyObjects.Service("dns", ClusterAddress, NodePort);
        (service.Spec.Ports[0].Port, service.Spec.Ports[0].Protocol) = (53, "UDP");
        return service;
    }

    private static V1EndpointSlice Slice(params (int Node, int Pod)[] pods)
    {
        var slice = ProxyObjects.SliceOf("dns", [.. pods.Select(pod => (ProxyLab.PodAddress(pod.Node, pod.Pod), $"node-{pod.Node}", true, false))]);
        (slice.Ports[0].Port, slice.Ports[0].Protocol) = (5300, "UDP");
        return slice;
    }

    // Answers every packet with its name until it is closed.
    private static Socket Server(ProxyLab lab, string pod)
    {
        var server = lab.Open(pod, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Any, 5300));
        _ = Task.Run(async () =>
        {
            var packet = new byte[100];
            while (true)
            {
                var received = await server.ReceiveFromAsync(packet, new IPEndPoint(IPAddress.Any, 0));
                await server.SendToAsync(Encoding.UTF8.GetBytes(pod), received.RemoteEndPoint);
            }
        });
        return server;
    }

    private static async Task<string> Ask(Socket client)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var packet = new byte[100];
        try
        {
            await client.SendAsync("who"u8.ToArray(), limit.Token);
            return Encoding.UTF8.GetString(packet, 0, await client.ReceiveAsync(packet, limit.Token));
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode.ToString();
        }
    }
}
