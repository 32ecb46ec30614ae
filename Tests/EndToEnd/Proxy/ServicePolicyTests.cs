using System.Net;
using System.Net.Sockets;
using k8s.Models;
using NodeActor.Networking;
using Tests.Support;
using Tests.Unit.Networking;
using Xunit;

namespace Tests.EndToEnd.Proxy;

/// <summary>Traffic policies and session affinity as Kubernetes documents them, and endpoints nobody should have made.</summary>
[Collection(nameof(ProxyLab))]
public sealed class ServicePolicyTests
{
    private const string ClusterAddress = "10.96.0.10";
    private const int NodePort = 30080;

    [RootFact]
    public async Task External_policy_local_drops_clients_outside_where_there_is_no_pod_and_leads_those_inside_everywhere()
    {
        await using var lab = await ProxyLab.Start();
        var service = ProxyObjects.Service();
        service.Spec.ExternalTrafficPolicy = "Local";
        await lab.Apply([service], [ProxyLab.Ready((2, 1))]);

        Assert.Equal(SocketError.TimedOut, await lab.Connect(null, lab.NodeAddress(1), NodePort));
        Assert.Equal(SocketError.Success, await lab.Connect(null, lab.NodeAddress(2), NodePort));
        Assert.Equal("pod-21", await lab.Get("p12", lab.NodeAddress(1), NodePort));
        Assert.Equal("pod-21", await lab.Get("n1", lab.NodeAddress(1), NodePort));
        Assert.Equal("pod-21", await lab.Get("p12", ClusterAddress));

        await lab.Apply([service], []);
        Assert.Equal(SocketError.ConnectionRefused, await lab.Connect(null, lab.NodeAddress(1), NodePort));
    }

    [RootFact]
    public async Task External_policy_local_shows_the_pod_its_clients_address_and_cluster_the_nodes()
    {
        await using var lab = await ProxyLab.Start();
        using var listener = lab.Open("p21", SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, 7000));
        listener.Listen();
        var slice = ProxyLab.Ready((2, 1));
        slice.Ports[0].Port = 7000;
        var service = ProxyObjects.Service();

        await lab.Apply([service], [slice]);
        Assert.Equal("10.244.2.1", await Client(lab, listener));
        service.Spec.ExternalTrafficPolicy = "Local";
        await lab.Apply([service], [slice]);
        Assert.Equal(lab.HostAddress, await Client(lab, listener));
    }

    [RootFact]
    public async Task Internal_policy_local_drops_where_there_is_no_pod_and_refuses_where_there_is_none_at_all()
    {
        await using var lab = await ProxyLab.Start();
        var service = ProxyObjects.Service();
        service.Spec.InternalTrafficPolicy = "Local";
        await lab.Apply([service], [ProxyLab.Ready((2, 1))]);

        Assert.Equal(SocketError.TimedOut, await lab.Connect("p12", ClusterAddress, 80));
        Assert.Equal("pod-21", await lab.Get("p22", ClusterAddress));
        await lab.Apply([service], []);
        Assert.Equal(SocketError.ConnectionRefused, await lab.Connect("p12", ClusterAddress, 80));
    }

    [RootFact]
    public async Task External_address_leads_to_pods_and_refuses_without_any()
    {
        await using var lab = await ProxyLab.Start();
        var service = ProxyObjects.Service(nodePort: 0);
        service.Spec.ExternalIPs = ["203.0.113.7"];
        await lab.Apply([service], [ProxyLab.Ready((2, 1))]);
        Assert.Equal("pod-21", await lab.Get("p12", "203.0.113.7"));

        await lab.Apply([service], []);
        Assert.Equal(SocketError.ConnectionRefused, await lab.Connect("p12", "203.0.113.7", 80));
    }

    [RootFact]
    public async Task Sticky_client_keeps_its_pod_until_that_goes_whatever_happens_to_others()
    {
        await using var lab = await ProxyLab.Start();
        var service = Sticky(10800);
        (int Node, int Pod)[] pods = [(1, 1), (1, 2), (2, 1), (2, 2)];
        await lab.Apply([service], [ProxyLab.Ready(pods)]);
        var kept = (await ProxyLab.Answers(() => lab.Get("p12", ClusterAddress))).Single()!;

        var other = pods.First(pod => ProxyLab.Name(pod) != kept);
        await lab.Apply([service], [ProxyLab.Ready([.. pods.Where(pod => pod != other)])]);
        Assert.Equal([kept], await ProxyLab.Answers(() => lab.Get("p12", ClusterAddress)));
        await lab.Apply([service], [ProxyLab.Ready(pods)]);
        Assert.Equal([kept], await ProxyLab.Answers(() => lab.Get("p12", ClusterAddress)));

        await lab.Apply([service], [ProxyLab.Ready([.. pods.Where(pod => ProxyLab.Name(pod) != kept)])]);
        var next = (await ProxyLab.Answers(() => lab.Get("p12", ClusterAddress))).Single()!;
        Assert.NotEqual(kept, next);
        await lab.Apply([service], [ProxyLab.Ready(pods)]);
        Assert.Equal([next], await ProxyLab.Answers(() => lab.Get("p12", ClusterAddress)));
    }

    [RootFact]
    public async Task Sticky_client_outlives_the_agent()
    {
        await using var lab = await ProxyLab.Start();
        await lab.Apply([Sticky(10800)], [ProxyLab.Ready((1, 1), (1, 2), (2, 1), (2, 2))]);
        var kept = (await lab.Get("p12", ClusterAddress))!;

        lab.RestartProxies();
        Assert.Equal(NetworkReport.Well, await lab.Apply([Sticky(10800)], [ProxyLab.Ready((1, 1), (1, 2), (2, 1), (2, 2))]));
        Assert.Contains($"{ProxyLab.PodAddress(1, 2)} timeout 3h expires", await lab.Table(), StringComparison.Ordinal);
        Assert.Equal([kept], await ProxyLab.Answers(() => lab.Get("p12", ClusterAddress)));
    }

    [RootFact]
    public async Task Sticky_client_is_forgotten_after_the_services_timeout()
    {
        await using var lab = await ProxyLab.Start();
        await lab.Apply([Sticky(3)], [ProxyLab.Ready((1, 1))]);
        Assert.Equal("pod-11", await lab.Get("p12", ClusterAddress));
        Assert.Contains($"{ProxyLab.PodAddress(1, 2)} timeout 3s", await lab.Table(), StringComparison.Ordinal);

        var limit = System.Diagnostics.Stopwatch.StartNew();
        while ((await lab.Table()).Contains($"{ProxyLab.PodAddress(1, 2)} timeout", StringComparison.Ordinal))
        {
            if (limit.Elapsed > TimeSpan.FromSeconds(30)) throw new TimeoutException("The client is not forgotten.");
        }
        Assert.Equal("pod-11", await lab.Get("p12", ClusterAddress));
    }

    [RootFact]
    public async Task Endpoint_that_is_no_address_is_told_of_and_harms_nothing()
    {
        await using var lab = await ProxyLab.Start();
        var slice = ProxyObjects.Slice(("1.2.3.4; flush ruleset", "node-1", true, false), ("fd00::1", "node-1", true, false), (ProxyLab.PodAddress(1, 1), "node-1", true, false));
        var report = await lab.Apply([ProxyObjects.Service(), ProxyObjects.Service("other", "10.96.0.11", 0)], [slice, ProxyObjects.SliceOf("other", (ProxyLab.PodAddress(2, 1), "node-2", true, false))]);

        Assert.Equal(("", ""), (report.Rules, report.Routes));
        Assert.Equal("endpoint '1.2.3.4; flush ruleset' of default/web is no address of a pod; endpoint 'fd00::1' of default/web is no address of a pod", report.Skipped);
        Assert.Equal(["pod-11"], await ProxyLab.Answers(() => lab.Get("p12", ClusterAddress)));
        Assert.Equal("pod-21", await lab.Get("p12", "10.96.0.11"));
        Assert.Equal(NetworkReport.Well, await lab.Apply([ProxyObjects.Service()], [ProxyLab.Ready((1, 1))]));
    }

    private static V1Service Sticky(int seconds)
    {
        var service = ProxyObjects.Service();
        service.Spec.SessionAffinity = "ClientIP";
        service.Spec.SessionAffinityConfig = new V1SessionAffinityConfig { ClientIP = new V1ClientIPConfig { TimeoutSeconds = seconds } };
        return service;
    }

    private static async Task<string> Client(ProxyLab lab, Socket listener)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var accepting = listener.AcceptAsync(limit.Token);
        using var client = new TcpClient();
        await client.ConnectAsync(lab.NodeAddress(2), NodePort, limit.Token);
        using var accepted = await accepting;
        return ((IPEndPoint)accepted.RemoteEndPoint!).Address.ToString();
    }
}
