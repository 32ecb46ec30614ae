using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Access.Pki;
using NodeActor.Streaming;
using Shared.Hosting;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.Runtime;

/// <summary>Logs of real containers over the node's HTTPS server.</summary>
public sealed class StreamingTests(ContainerdFixture containerd) : IClassFixture<ContainerdFixture>
{
    [RootFact]
    public async Task Gateway_reads_follows_and_looks_back_and_nobody_else_does()
    {
        var pki = ClusterPki.Ensure(Path.Combine(containerd.Folder, "cluster"), new PkiOptions(), TimeProvider.System);
        var own = pki.Node("node-1", [IPAddress.Loopback]);
        await using var node = NodeUnderTest.Start(containerd);
        var options = new StreamingOptions(IPAddress.Loopback, 0, RemoteIdentity.Load(pki.AuthorityFile, own.File));
        await using var server = await StreamingServer.StartAsync(options, node.Runtime, node.Options, TimeProvider.System, CancellationToken.None);
        var pod = TestPod.Script("talks", "trap 'echo bye; exit 1' TERM; for i in 1 2 3; do echo line $i; done; while true; do sleep 0.1; done");
        node.Desire(pod);
        await node.UntilLogged(pod, "main", 0, "line 3");

        using var gateway = Client(pki, pki.KubeletClient.Certificate, server.Port);
        Assert.Equal("ok", await gateway.GetStringAsync("healthz"));
        Assert.Equal("line 1\nline 2\nline 3\n", await gateway.GetStringAsync("containerLogs/default/talks/main"));
        Assert.Equal("line 3\n", await gateway.GetStringAsync("containerLogs/default/talks/main?tailLines=1"));
        Assert.Equal(HttpStatusCode.BadRequest, (await gateway.GetAsync("containerLogs/default/talks/main?previous=true")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await gateway.GetAsync("containerLogs/default/nobody/main")).StatusCode);

        Assert.Equal("", await gateway.GetStringAsync("containerLogs/default/talks/main?tailLines=0"));

        // What it begins with shows that it follows before the container ends.
        using var following = new StreamReader(await gateway.GetStreamAsync("containerLogs/default/talks/main?follow=true&tailLines=1"));
        Assert.Equal("line 3", await following.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        var status = await node.UntilRunning(pod);
        await node.Runtime.StopContainerAsync(((string?)NodeUnderTest.Container(status)["containerID"])!.Split("://")[1], TimeSpan.FromSeconds(5), CancellationToken.None);
        Assert.EndsWith("bye\n", await following.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
        await node.Until(pod, "restarted", one => (int)NodeUnderTest.Container(one)["restartCount"]! == 1);
        Assert.Equal("line 1\nline 2\nline 3\nbye\n", await gateway.GetStringAsync("containerLogs/default/talks/main?previous=true"));

        using var otherNode = Client(pki, own.Certificate, server.Port);
        Assert.Equal(HttpStatusCode.Forbidden, (await otherNode.GetAsync("containerLogs/default/talks/main")).StatusCode);
        using var nobody = Client(pki, null, server.Port);
        await Assert.ThrowsAsync<HttpRequestException>(() => nobody.GetAsync("healthz"));
        node.Gone(pod);
        await node.UntilStopped(pod);
    }

    private static HttpClient Client(ClusterPki pki, X509Certificate2? certificate, int port)
    {
        var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trusted.CustomTrustStore.Add(pki.Authority);
        var handler = new SocketsHttpHandler { SslOptions = new() { CertificateChainPolicy = trusted, EnabledSslProtocols = SslProtocols.None } };
        if (certificate is not null) handler.SslOptions.ClientCertificates = [certificate];
        return new(handler) { BaseAddress = new($"https://127.0.0.1:{port}/") };
    }
}
